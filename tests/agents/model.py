"""A model server on loopback that speaks to a real Claude Code from a script.

    model.py SCRIPT.json LOG.jsonl PORT

SCRIPT.json is a list of turns, each `{"say": TEXT}` or `{"call": [TOOL, INPUT]}`; the last one repeats.
Every request for a turn is written to LOG.jsonl, so that a test sees what the model was told.
"""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

script = json.load(open(sys.argv[1]))
log = open(sys.argv[2], "a", buffering=1)
turn = 0


def blocks(step, number):
    if "call" in step:
        name, given = step["call"]
        yield {"type": "tool_use", "id": f"toolu_{number:020}", "name": name, "input": {}}, {
            "type": "input_json_delta",
            "partial_json": json.dumps(given),
        }
    else:
        yield {"type": "text", "text": ""}, {"type": "text_delta", "text": step["say"]}


def events(step, number, model):
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": f"msg_{number:020}", "type": "message", "role": "assistant", "model": model, "content": [],
               "stop_reason": None, "stop_sequence": None, "usage": usage}
    yield {"type": "message_start", "message": message}
    for index, (block, delta) in enumerate(blocks(step, number)):
        yield {"type": "content_block_start", "index": index, "content_block": block}
        yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
    stop = "tool_use" if "call" in step else "end_turn"
    yield {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": usage}
    yield {"type": "message_stop"}


class Model(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, kind, body):
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(404, "application/json", b"{}")

    do_HEAD = do_GET

    def do_POST(self):
        global turn
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
        if "count_tokens" in self.path:
            return self.answer(200, "application/json", b'{"input_tokens":1}')
        if "/v1/messages" not in self.path:
            return self.answer(404, "application/json", b"{}")
        # Requests without tools are for titles and the like.
        step = {"say": "ok"}
        number = 0
        if body.get("tools"):
            step, number = script[min(turn, len(script) - 1)], turn + 1
            turn += 1
            log.write(json.dumps(body.get("messages")) + "\n")
        model = body.get("model", "model")
        if body.get("stream"):
            lines = (f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events(step, number, model))
            return self.answer(200, "text/event-stream", "".join(lines).encode())
        message = {"id": "msg_x", "type": "message", "role": "assistant", "model": model, "stop_reason": "end_turn",
                   "stop_sequence": None, "content": [{"type": "text", "text": step.get("say", "ok")}],
                   "usage": {"input_tokens": 1, "output_tokens": 1}}
        self.answer(200, "application/json", json.dumps(message).encode())


class Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        """An agent that hangs up is no matter."""


Server(("127.0.0.1", int(sys.argv[3])), Model).serve_forever()
