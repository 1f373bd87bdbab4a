"""Rasa's action server as a route of the app: one process less. Only Rasa may call it."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from bot.rasa import SECRET_HEADER
from bot.secret import is_shown


def action_routes(actions: Iterable[Action], secret: str) -> APIRouter:
    executor = ActionExecutor()
    for action in actions:
        executor.register_action(action)
    routes = APIRouter(include_in_schema=False)

    @routes.post("/webhook")
    async def webhook(request: Request) -> JSONResponse:
        given = request.headers.get(SECRET_HEADER, "")
        if not is_shown(given, secret):
            return JSONResponse({"error": "only Rasa may call this"}, 403)  # before a byte of the body is read
        try:
            call = await request.json()
        except ValueError:
            return JSONResponse({"error": "not JSON"}, 400)
        call["domain"] = call.get("domain") or {}  # Rasa leaves it out (enable_selective_domain): actions need none
        try:
            result = await executor.run(call)
        except ActionExecutionRejection as error:
            return JSONResponse({"error": str(error), "action_name": error.action_name}, 400)
        except ActionNotFoundException as error:
            return JSONResponse({"error": str(error), "action_name": error.action_name}, 404)
        return JSONResponse(result.model_dump() if result else None)

    return routes
