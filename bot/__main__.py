"""`python -m bot …`: serve everything, or one part of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

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
