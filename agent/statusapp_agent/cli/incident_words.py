"""What every verb of ``statusapp incidents`` takes: which incident, and who does it."""

from typing import Annotated

import typer

from statusapp_agent.cli.names import incident_numbers
from statusapp_agent.cli.words import incident_id

Id = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        parser=incident_id,
        autocompletion=incident_numbers,
        help="The number, the id, or the start of it.",
    ),
]
By = Annotated[str | None, typer.Option(metavar="NAME", help="Who does it; you, if left out.")]
VIA = "cli"
"""How what is done here came, as the incident's story tells it."""
