"""`python -m bot …`: serve everything, or one part of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bot.settings import Settings

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Một Cửa.")


@cli.command()
def serve() -> None:
    """Prepare what is missing, start app and Rasa, and keep them running."""
    from bot.supervisor import CannotStart, Supervisor, prepare

    settings = _settings()
    try:
        prepare(settings, say=print)
        code = Supervisor(settings, say=print).run()
    except CannotStart as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None
    raise typer.Exit(code)


@cli.command("with-system", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def with_system(context: typer.Context) -> None:
    """Start everything on free ports, run a command with MOTCUA_URL set, and stop again."""
    from bot.supervisor import run_beside

    raise typer.Exit(run_beside(context.args))


@cli.command("app")
def serve_app() -> None:
    """Only the app, for a Rasa that runs elsewhere on this machine."""
    import logging

    import uvicorn

    from bot.app import create_app

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = _settings()
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_level="warning", access_log=False)


@cli.command()
def chat(url: str = "") -> None:
    """Talk in the terminal with the running assistant."""
    from bot.chat import talk

    settings = _settings()
    talk(url or f"http://{settings.host}:{settings.port}")


@cli.command()
def train() -> None:
    """Train Rasa where no model on disk fits."""
    from bot.model import ensure_model

    print(ensure_model(_settings().models))


@cli.command()
def bench() -> None:
    """Time the whole path beside bare Rasa, in one run; writes the tables of docs/performance.md."""
    from bot.bench import main

    main()


outbox = typer.Typer(no_args_is_help=True, help="Answers that a messaging platform did not take.")
cli.add_typer(outbox, name="outbox")
Ids = Annotated[list[int] | None, typer.Argument(help="Numbers from the list; all dead ones if left out.")]


@outbox.command("list")
def outbox_list(state: Annotated[str, typer.Option(help="dead, waiting, sent or dropped.")] = "dead") -> None:
    """What did not go out, since when, and why. No words, no names."""
    from bot.letters import show

    show(_settings(), state)


@outbox.command("retry")
def outbox_retry(ids: Ids = None) -> None:
    """Send dead answers again; a running app does so within a second."""
    from bot.letters import open_outbox

    print(f"{open_outbox(_settings()).retry(ids)} answers wait to be sent again")


@outbox.command("drop")
def outbox_drop(ids: Ids = None) -> None:
    """Give dead answers up."""
    from bot.letters import open_outbox

    print(f"{open_outbox(_settings()).drop(ids)} answers are dropped")


@cli.command("migrate")
def migrate_database() -> None:
    """Bring the app's database to the newest schema."""
    from bot.database import migrate

    migrate(_settings().app_database)


def _settings() -> Settings:
    """The settings, or a line that names each wrong variable."""
    from pydantic import ValidationError

    from bot.settings import Settings

    try:
        return Settings()
    except ValidationError as error:
        for problem in error.errors():
            name = "_".join(("MOTCUA", *map(str, problem["loc"]))).upper()
            print(f"{name}: {problem['msg']}", file=sys.stderr)
        raise typer.Exit(2) from None


if __name__ == "__main__":
    cli()
