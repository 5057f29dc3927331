"""All forms of logs that are read; to add one, add it to a table here."""

from __future__ import annotations

from sipdiag.logs.form import Form
from sipdiag.logs.forms.browsers import BROWSERS
from sipdiag.logs.forms.plain import PLAIN
from sipdiag.logs.forms.sbcs import SBCS
from sipdiag.logs.forms.servers import SERVERS
from sipdiag.logs.forms.sniffers import SNIFFERS
from sipdiag.logs.forms.stacks import STACKS

FORMS: tuple[Form, ...] = (*SERVERS, *SBCS, *STACKS, *BROWSERS, *SNIFFERS, PLAIN)
"""In the order in which they win a tied vote; :data:`PLAIN` only takes what no other does."""

BY_NAME = {form.name: form for form in FORMS}
