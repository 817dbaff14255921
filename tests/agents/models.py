"""A model server on loopback that plays scripts: enough of three protocols for real agent command lines.

    models.py PORT SCRIPTS.json LOG.jsonl

Answers POST /v1/messages (Claude Code), /v1/responses (Codex) and :streamGenerateContent (Gemini CLI). The script
is chosen by the `# Task <id>:` that stands in the conversation; each request plays its next step, the last one again
and again. A step is {"run": SHELL COMMAND}, {"say": TEXT}, {"hang": SECONDS} or {"status": N, "headers": {…},
"message": TEXT}; "NOW+15" in a header is a moment in seconds since 1970.
"""

import json
import re
import sys
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SCRIPTS = json.load(open(sys.argv[2]))
LOG = open(sys.argv[3], "a")
LOCK = threading.Lock()
PLAYED = {}


def next_step(conversation):
    tasks = re.findall(r"# Task ([A-Za-z0-9._-]+):", conversation)
    with LOCK:
        task = tasks[0] if tasks else "none"
        steps = SCRIPTS.get(task, [{"say": "nothing to do"}])
        at = PLAYED.get(task, 0)
        PLAYED[task] = at + 1
        step = steps[min(at, len(steps) - 1)]
        LOG.write(json.dumps({"at": time.time(), "task": task, "call": at + 1, "step": step, "told": conversation}) + "\n")
        LOG.flush()
    return step


def name(prefix):
    return prefix + uuid.uuid4().hex[:16]


def anthropic(body, step):
    model = body.get("model", "model")
    blocks = [{"type": "text", "text": step.get("say", "working")}]
    if "run" in step:
        use = {"command": step["run"], "description": "a step"}
        blocks.append({"type": "tool_use", "id": name("toolu_"), "name": "Bash", "input": use})
    usage = {"input_tokens": 100, "output_tokens": 1, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    message = {"id": name("msg_"), "type": "message", "role": "assistant", "model": model, "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage}
    events = [{"type": "message_start", "message": message}]
    for index, block in enumerate(blocks):
        if block["type"] == "text":
            empty, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
        else:
            empty, delta = dict(block, input={}), {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        events.append({"type": "content_block_start", "index": index, "content_block": empty})
        events.append({"type": "content_block_delta", "index": index, "delta": delta})
        events.append({"type": "content_block_stop", "index": index})
    reason = "tool_use" if "run" in step else "end_turn"
    events.append({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": {"output_tokens": 20}})
    events.append({"type": "message_stop"})
    return "".join("event: %s\ndata: %s\n\n" % (event["type"], json.dumps(event)) for event in events)


def responses(body, step):
    if "run" in step:
        script = "const r = await tools.exec_command({cmd: %s}); text(JSON.stringify(r));" % json.dumps(step["run"])
        item = {"type": "custom_tool_call", "id": name("ctc_"), "call_id": name("call_"), "name": "exec", "input": script}
    else:
        content = [{"type": "output_text", "text": step.get("say", ""), "annotations": []}]
        item = {"type": "message", "id": name("msg_"), "role": "assistant", "content": content}
    usage = {"input_tokens": 100, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 20, "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 120}
    answer = name("resp_")
    events = [
        {"type": "response.created", "response": {"id": answer}},
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {"id": answer, "usage": usage}},
    ]
    return "".join("event: %s\ndata: %s\n\n" % (event["type"], json.dumps(event)) for event in events)


def gemini(body, step):
    if "run" in step:
        part = {"functionCall": {"name": "run_shell_command", "args": {"command": step["run"], "description": "a step"}}}
    else:
        part = {"text": step.get("say", "")}
    usage = {"promptTokenCount": 100, "candidatesTokenCount": 20, "totalTokenCount": 120}
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}
    return "data: %s\r\n\r\n" % json.dumps({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "scripted", "responseId": name("r")})


SIDE = {"candidates": [{"content": {"role": "model", "parts": [{"text": '{"complexity_score":10,"complexity_reasoning":"-","model_choice":"flash","reasoning":"-"}'}]}, "finishReason": "STOP", "index": 0}], "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}, "totalTokens": 3}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self, status, kind, text, headers=()):
        data = text.encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        for key, value in headers:
            if value.startswith("NOW+"):
                value = str(int(time.time()) + int(value[4:]))
            self.send_header(key, value)
        self.end_headers()
        try:
            self.wfile.write(data)
        except OSError:
            pass

    def do_GET(self):
        self.answer(200 if "models" in self.path else 404, "application/json", '{"object":"list","data":[],"models":[]}')

    do_HEAD = do_GET

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        try:
            body = json.loads(raw)
        except ValueError:
            body = {}
        if "count_tokens" in self.path or ":countTokens" in self.path:
            return self.answer(200, "application/json", '{"input_tokens":10,"totalTokens":10}')
        if "/v1/messages" in self.path:
            if not body.get("tools"):
                return self.answer(200, "text/event-stream", anthropic(body, {"say": "title"}))
            speak, told = anthropic, json.dumps(body.get("messages"))
        elif "/responses" in self.path:
            speak, told = responses, json.dumps(body.get("input"))
        elif "streamGenerateContent" in self.path:
            speak, told = gemini, json.dumps(body.get("contents"))
        elif "generateContent" in self.path:
            return self.answer(200, "application/json", json.dumps(SIDE))
        else:
            return self.answer(404, "application/json", "{}")
        step = next_step(told)
        if "hang" in step:
            time.sleep(step["hang"])
        if "status" in step:
            error = {"type": step.get("type", "rate_limit_error"), "message": step.get("message", "no")}
            if speak is gemini:
                error = {"code": step["status"], "message": error["message"], "status": "RESOURCE_EXHAUSTED"}
            error.update(step.get("error", {}))
            return self.answer(step["status"], "application/json", json.dumps({"type": "error", "error": error}), step.get("headers", {}).items())
        self.answer(200, "text/event-stream", speak(body, step))


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
