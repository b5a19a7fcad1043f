"""The part of AWX's API that awx.awx needs to apply the definitions in `playbooks/awx`, with AWX's own errors."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl
from urllib.parse import unquote
from urllib.parse import urlsplit

from tests.integration import awx_rules
from tests.integration.awx_rules import AwxRefusal

_ROLES = ("admin_role", "execute_role", "approval_role", "use_role", "read_role", "update_role")
_TEMPLATES = ("job_templates", "workflow_job_templates")
_ENCRYPTED = "$encrypted$"
# The fields that refer to other objects, and the endpoints of these.
_REFERENCES = {
    "organization": "organizations",
    "project": "projects",
    "source_project": "projects",
    "inventory": "inventories",
    "execution_environment": "execution_environments",
    "credential": "credentials",
    "credential_type": "credential_types",
    "workflow_job_template": "workflow_job_templates",
}


class SimulatedAwx:
    """The objects of one AWX, by endpoint. A project brings `playbooks` once it is synchronised, which fails while
    `sync_fails` is set."""

    def __init__(self, playbooks: list[str]) -> None:
        self.playbooks = playbooks
        self.sync_fails = False
        self.writes: list[str] = []
        self._objects: dict[str, dict[int, dict[str, Any]]] = {}
        self._links: dict[str, list[int]] = {}
        self._number = 0
        self._add("organizations", {"name": "Default"})
        for name, fields in (
            ("Source Control", ("username", "password", "ssh_key_data")),
            ("Container Registry", ("host", "username", "password")),
            ("Amazon Web Services", ("username", "password")),
        ):
            secret = [{"id": field, "secret": field not in ("username", "host")} for field in fields]
            self._add("credential_types", {"name": name, "inputs": {"fields": secret}})

    def all(self, endpoint: str) -> list[dict[str, Any]]:
        return list(self._objects.get(endpoint, {}).values())

    def named(self, endpoint: str, name: str) -> dict[str, Any]:
        (match,) = [item for item in self.all(endpoint) if item.get("name", item.get("identifier")) == name]
        return match

    def linked(self, item: dict[str, Any], kind: str) -> list[int]:
        return self._links.get(f"{item['url']}{kind}/", [])

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        parts = [unquote(part) for part in path.removeprefix("/api/v2/").strip("/").split("/")]
        if method not in ("GET", "HEAD"):
            self.writes.append(f"{method} {parts[0]}")
        try:
            if len(parts) == 1:
                return self._collection(method, parts[0], query, body)
            item = self._objects.get(parts[0], {}).get(int(parts[1]))
            if item is None:
                return 404, {"detail": "Not found."}
            if len(parts) == 2:
                return self._item(method, parts[0], item, body)
            return self._below(method, parts[0], item, parts[2], body)
        except AwxRefusal as refused:
            return 400, refused.body

    def _collection(self, method: str, endpoint: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        if method == "POST":
            self._check(endpoint, body)
            return 201, self._add(endpoint, body)
        if endpoint == "unified_job_templates":
            items = [item for name in (*_TEMPLATES, "projects", "inventory_sources") for item in self.all(name)]
        else:
            items = self.all(endpoint)
        items = [item for item in items if all(str(item.get(key)) == value for key, value in query.items())]
        return 200, {
            "count": len(items),
            "next": None,
            "previous": None,
            "results": [self._shown(one) for one in items],
        }

    def _item(self, method: str, endpoint: str, item: dict[str, Any], body: dict[str, Any]) -> tuple[int, Any]:
        if method == "DELETE":
            del self._objects[endpoint][item["id"]]
            for other, field in (("schedules", "unified_job_template"), ("workflow_job_template_nodes", "unused")):
                for each in list(self.all(other)):
                    if each.get(field) == item["id"]:
                        del self._objects[other][each["id"]]
            return 204, None
        if method == "PATCH":
            self._check(endpoint, {**item, **body})
            kept = item.get("inputs", {})
            item.update(body)
            for name, value in (body.get("inputs") or {}).items() if endpoint == "credentials" else ():
                item["inputs"][name] = kept.get(name) if value == _ENCRYPTED else value
        return 200, self._shown(item)

    def _below(
        self, method: str, endpoint: str, item: dict[str, Any], kind: str, body: dict[str, Any]
    ) -> tuple[int, Any]:
        if kind == "survey_spec":
            if method == "POST":
                awx_rules.check_survey(body)
                item["survey_spec"] = body
            return 200, item.get("survey_spec", {})
        if kind == "update" and endpoint == "projects":
            return 202, self._shown(self._synchronise(item))
        if kind == "create_approval_template":
            approval = self._add("workflow_approval_templates", body)
            item["unified_job_template"] = approval["id"]
            return 201, approval
        link = f"{item['url']}{kind}/"
        if method == "GET":
            results = [{"id": number} for number in self._links.get(link, [])]
            return 200, {"count": len(results), "next": None, "results": results}
        known = self._links.setdefault(link, [])
        if body.get("disassociate"):
            known.remove(body["id"])
        else:
            known.append(body["id"])
        return 204, None

    def _check(self, endpoint: str, body: dict[str, Any]) -> None:
        for field, kind in _REFERENCES.items():
            if body.get(field) and body[field] not in self._objects.get(kind, {}):
                raise AwxRefusal(field, f"Invalid pk {body[field]!r} - object does not exist.")
        if endpoint == "job_templates":
            project = self._objects["projects"][body["project"]]
            if body["playbook"] not in project["playbook_files"]:
                raise AwxRefusal("playbook", "Playbook not found for project.")
        if endpoint == "schedules":
            template = self._template(body["unified_job_template"])
            awx_rules.accepted(template, body.get("extra_data") or {})
        if endpoint == "workflow_job_template_nodes" and body.get("unified_job_template"):
            template = self._template(body["unified_job_template"])
            awx_rules.accepted(template, body.get("extra_data") or {}, complete=False)
        if endpoint == "credentials":
            kind = self._objects["credential_types"][body["credential_type"]]
            known = {field["id"] for field in kind["inputs"]["fields"]}
            if set(body.get("inputs") or {}) - known:
                raise AwxRefusal("inputs", f"Additional properties are not allowed: {set(body['inputs']) - known}")

    def _template(self, number: int) -> dict[str, Any]:
        for name in (*_TEMPLATES, "workflow_approval_templates"):
            if number in self._objects.get(name, {}):
                return self._objects[name][number]
        raise AwxRefusal("unified_job_template", f"Invalid pk {number!r} - object does not exist.")

    def _add(self, endpoint: str, body: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        item = {**body, "id": self._number, "type": endpoint.rstrip("s"), "url": f"/api/v2/{endpoint}/{self._number}/"}
        item["type"] = {"inventories": "inventory"}.get(endpoint, item["type"])
        self._objects.setdefault(endpoint, {})[self._number] = item
        if endpoint == "projects":
            item.update(scm_revision="", playbook_files=[], status="never updated")
            update = self._synchronise(item)
            # Only the first answer about a new project shows its first update.
            return {**self._shown(item), "summary_fields": {"current_update": {"id": update["id"]}}}
        return self._shown(item)

    def _synchronise(self, project: dict[str, Any]) -> dict[str, Any]:
        status = "failed" if self.sync_fails else "successful"
        project["status"] = status
        if not self.sync_fails:
            project.update(scm_revision="0123abc", playbook_files=self.playbooks)
        fields = {
            "name": project["name"],
            "status": status,
            "failed": self.sync_fails,
            "finished": "2026-11-29T00:00:00Z",
        }
        update = self._add("project_updates", {**fields, "scm_revision": project["scm_revision"]})
        return self._objects["project_updates"][update["id"]]

    def _shown(self, item: dict[str, Any]) -> dict[str, Any]:
        related = {name: f"{item['url']}{name}/" for name in ("survey_spec", "update", "copy")}
        if item.get("unified_job_template") in self._objects.get("workflow_approval_templates", {}):
            related["unified_job_template"] = f"/api/v2/workflow_approval_templates/{item['unified_job_template']}/"
        roles = {role: {"id": item["id"] * 100 + number} for number, role in enumerate(_ROLES)}
        for role in roles.values():
            self._objects.setdefault("roles", {})[role["id"]] = {
                "id": role["id"],
                "url": f"/api/v2/roles/{role['id']}/",
            }
        shown = {**item, "related": related, "summary_fields": {"object_roles": roles}}
        if item["type"] == "credential":
            kind = self._objects["credential_types"][item["credential_type"]]
            secret = {field["id"] for field in kind["inputs"]["fields"] if field.get("secret")}
            shown["inputs"] = {
                name: _ENCRYPTED if name in secret else value for name, value in (item.get("inputs") or {}).items()
            }
        return shown


@contextmanager
def serving(controller: SimulatedAwx) -> Iterator[str]:
    """Serve a controller on loopback and yield the value for CONTROLLER_HOST."""

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or "{}") if length else {}
            status, answer = controller.answer(self.command, url.path, dict(parse_qsl(url.query)), body)
            data = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = do_HEAD = _handle

        def log_message(self, *_arguments: Any) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
