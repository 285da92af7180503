"""The audit log as clients see it."""

from pydantic import AwareDatetime

from statusapp_shared.protocol import View


class AuditView(View):
    """One line: who did what to what, when. ``id`` grows."""

    id: int
    at: AwareDatetime
    by: str
    deed: str
    subject: str
    detail: str
