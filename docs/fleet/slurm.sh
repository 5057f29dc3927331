#!/bin/sh
# Eight shards as a job array. When all have ended: sipdiag fleet compact /dataset
# (sbatch --dependency=afterok:JOB --wrap 'sipdiag fleet compact /dataset').
#SBATCH --job-name=sipdiag
#SBATCH --array=0-7
#SBATCH --cpus-per-task=2
#SBATCH --mem=2G
srun sipdiag fleet run /captures -o /dataset --shard "$SLURM_ARRAY_TASK_ID/8" --jobs 2
