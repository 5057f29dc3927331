"""Many captures: what fails, since when, with whom, how often, and whether it is new.

Each input is analysed on its own (:mod:`~sipdiag.fleet.task`), in the process slots of one machine or on a
cluster; its rows (:mod:`~sipdiag.fleet.rows`) become Parquet files named by the input, and an entry in the
manifest, written last, says that they are all there (:mod:`~sipdiag.fleet.dataset`).  Everything else asks
the dataset by SQL: queries, the report, alerts.
"""
