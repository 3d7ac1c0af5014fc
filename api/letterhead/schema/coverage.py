"""Who would write as whom in each project, and who could not write at all."""

from typing import Annotated, NamedTuple
from uuid import UUID

import strawberry

from letterhead.directory import people
from letterhead.errors import NotAnswerable
from letterhead.identity.rules import may_oversee
from letterhead.schema.context import Info
from letterhead.schema.directory import Employee, Project, show_employee, show_project
from letterhead.schema.ids import row_id
from letterhead.schema.paging import After, Connection, First, connection
from letterhead.schema.senders import SenderCandidate, Unread, show_candidate
from letterhead.senders import coverage
from letterhead.senders.facts import no_such
from letterhead.store.pages import page_request, shown

OnlyGaps = Annotated[bool, strawberry.argument(description="Only those who have no address to write from.")]


@strawberry.type(description="As whom somebody would write who chooses nothing.")
class CoverageEntry:
    entry: strawberry.Private[coverage.Entry]

    @strawberry.field(description="Who writes.")
    async def employee(self, info: Info) -> Employee:
        employee = await info.context.loaders.employees.load(self.entry.employee_id)
        assert employee is not None, "who is removed stays in the table"
        return show_employee(employee)

    @strawberry.field(
        description="The address that resolveSender answers with, where nothing is chosen. While it is not"
        " ready, the company's whenNotReady decides: HOLD keeps it, NEXT takes the first that is ready. Null:"
        " a gap."
    )
    def sender(self) -> SenderCandidate | None:
        sender = self.entry.sender
        return show_candidate(sender._replace(account=Unread(sender.account_id))) if sender else None


@strawberry.type(description="Who would write as whom in one project.")
class ProjectCoverage:
    place: strawberry.Private[UUID | None]
    project: Project | None = strawberry.field(description="The project. Null: work outside any project.")

    @strawberry.field(description="How many employees have no address to write from here.")
    async def employees_without_sender(self, info: Info) -> int:
        return await info.context.loaders.gap_counts.load(self.place) or 0

    @strawberry.field(description="The employees, by name.")
    async def people(
        self, info: Info, only_gaps: OnlyGaps = False, first: First = 25, after: After = None
    ) -> Connection[CoverageEntry]:
        request = page_request(first, after, key_length=coverage.PERSON_KEY_LENGTH)
        loaders = info.context.loaders
        entries = loaders.gaps if only_gaps else loaders.coverage
        found = await entries[request].load(self.place)
        return connection(found, lambda entry: CoverageEntry(entry=entry))


async def show_coverage(
    info: Info, project_id: strawberry.ID | None, first: int, after: str | None
) -> Connection[ProjectCoverage]:
    by = info.context.by
    if not may_oversee(by):
        raise NotAnswerable(
            "FORBIDDEN",
            "Only who manages the company's addresses or directory, or reads its audit log, sees this.",
            "Ask for your own addresses with availableSenders.",
        )
    only = None if project_id is None else row_id(project_id, "Project")
    if project_id is not None and only is None:
        raise no_such("project")
    request = page_request(first, after, key_length=coverage.PLACE_KEY_LENGTH)
    found = await info.context.loaders.places.load((only, request))
    return connection(shown(found, _Place), _show_place)


class _Place(NamedTuple):
    """``project``: None is work outside any."""

    project: people.Project | None


def _show_place(place: _Place) -> ProjectCoverage:
    project = place.project
    if project is None:
        return ProjectCoverage(place=None, project=None)
    return ProjectCoverage(place=project.id, project=show_project(project))
