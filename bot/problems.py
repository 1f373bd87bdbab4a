"""4xx and 5xx as one clear JSON shape: {"error": {"code", "message"}}; the message is for a person, in Vietnamese."""

from __future__ import annotations

import logging

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from actions.texts import say
from bot.rasa import RasaError
from knowledge.release import ReleaseError

log = logging.getLogger(__name__)


class Problem(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        self.status, self.code, self.message = status, code, message


def problem_json(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status)


def install(app: FastAPI) -> None:
    @app.exception_handler(Problem)
    async def _problem(request: Request, error: Problem) -> JSONResponse:
        return problem_json(error.status, error.code, error.message)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if part not in ("body", "query"))
        return problem_json(422, "invalid", f"{where or 'body'}: {first['msg']}")

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        return problem_json(error.status_code, "http_error", str(error.detail))

    @app.exception_handler(ReleaseError)
    async def _no_release(request: Request, error: ReleaseError) -> JSONResponse:
        log.error("no release: %s", error)
        return problem_json(503, "no_release", say("error"))

    @app.exception_handler(RasaError)
    async def _no_rasa(request: Request, error: RasaError) -> JSONResponse:
        log.error("rasa: %s", error)
        return problem_json(503, "no_understanding", say("error"))
