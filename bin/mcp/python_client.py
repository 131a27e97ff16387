"""The client of the package `mcp` (PyPI), told what to do by one JSON object on its input; it prints what came of it."""

import asyncio
import json
import sys
import time

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


async def main() -> None:
    order = json.load(sys.stdin)
    headers = {"Authorization": f"Bearer {order['key']}"}
    async with httpx2.AsyncClient(headers=headers, timeout=60) as http:
        transport = streamable_http_client(order["endpoint"], http_client=http)
        async with Client(transport, mode=order["mode"]) as client:
            print(json.dumps(await converse(client, order)))


async def converse(client: Client, order: dict) -> dict:
    tools = (await client.list_tools()).tools
    called = await client.call_tool("list_models", {})
    failed = await client.call_tool("test_error_handling", {})
    progress: list[float] = []

    async def on_progress(done: float, total: float | None, message: str | None) -> None:
        progress.append(done)

    await client.call_tool("test_tool_with_progress", {}, progress_callback=on_progress)
    return {
        "protocol": client.session.protocol_version,
        "tools": [tool.name for tool in tools],
        "models": len(called.structured_content["models"]),
        "failed": failed.is_error,
        "progress": progress,
        "unknown": await error_of(client.call_tool("no_such_tool", {})),
        "cancelled_after": await cancel(client, order),
        "tools_after": len((await client.list_tools()).tools),
    }


async def error_of(work) -> str | None:
    try:
        await work
    except Exception as error:
        return str(error)
    return None


async def cancel(client: Client, order: dict) -> float:
    """Seconds until a call that takes longer was given up."""
    started = time.monotonic()
    call = asyncio.create_task(client.call_tool(order["slow"]["name"], order["slow"]["arguments"]))
    await asyncio.sleep(0.3)
    call.cancel()
    try:
        await call
    except asyncio.CancelledError:
        pass
    return time.monotonic() - started


asyncio.run(main())
