"""A newsroom's site on loopback: pages in three scripts, and all that goes wrong between a server and whoever asks it."""

from __future__ import annotations

import gzip
import http.server
import io
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

import pytest

PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>
<meta property="og:site_name" content="{site}"><meta name="author" content="{author}">
<meta property="article:published_time" content="2025-04-28T08:00:00+02:00">
<link rel="canonical" href="{canonical}"></head>
<body><nav><a href="/">Start</a></nav><article><h1>{title}</h1>
{body}
</article><footer>© {site}</footer></body></html>
"""
GERMAN = [
    "Nordkorea hat nach Angaben der Agentur Yonhap erstmals offiziell bestätigt, dass es Soldaten nach Russland entsandt hat.",
    "Die Entscheidung stütze sich auf den Verteidigungspakt, hieß es in der Mitteilung vom Montag; Einzelheiten blieben offen.",
    "Zuvor hatte Pjöngjang entsprechende Berichte mehrmals als „haltlose Gerüchte“ zurückgewiesen.",
]
KOREAN = [
    "북한이 러시아를 지원하기 위해 군대를 파견했다는 사실을 처음으로 공식 확인했다고 연합뉴스가 28일 보도했다.",
    "조선중앙통신은 이번 결정이 양국 간 조약에 따른 것이라고 전했다. 구체적인 규모는 밝히지 않았다.",
    "앞서 평양은 이러한 보도를 근거 없는 소문이라고 여러 차례 일축한 바 있다.",
]
ARABIC = [
    "أكدت كوريا الشمالية رسميا للمرة الأولى أنها أرسلت قوات لدعم روسيا، وفقا لما ذكرته وكالة يونهاب للأنباء يوم الاثنين.",
    "وقالت الوكالة إن القرار يستند إلى معاهدة الدفاع المشترك بين البلدين، دون أن تذكر تفاصيل عن عدد الجنود.",
    "وكانت بيونغ يانغ قد نفت مرارا هذه التقارير ووصفتها بأنها شائعات لا أساس لها من الصحة.",
]


def page(
    lang: str, title: str, paragraphs: list[str], canonical: str = "", site: str = "Fjord", author: str = "Anna Amsel"
) -> bytes:
    body = "\n".join(f"<p>{one}</p>" for one in paragraphs)
    return PAGE.format(lang=lang, title=title, site=site, author=author, canonical=canonical, body=body).encode()


def pdf(pages: list[str]) -> bytes:
    """A PDF file with one line of text on each page."""
    texts = [f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("latin-1") for text in pages]
    kids = " ".join(f"{4 + 2 * place} 0 R" for place in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for place, text in enumerate(texts):
        own = f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {5 + 2 * place} 0 R"
        objects.append(f"{own} /Resources << /Font << /F1 3 0 R >> >> >>".encode())
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text))
    objects.append(b"<< /Title (Troops: a statement) /Author (Ministry) /CreationDate (D:20250428060000Z) >>")
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.4\n")
    for number, content in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%b\nendobj\n" % (number, content))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    for at in places:
        out.write(b"%010d 00000 n \n" % at)
    info = len(objects)
    out.write(b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, info, start))
    return out.getvalue()


PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


@dataclass
class Site:
    """`sent` counts bytes of the stream that went out; `visits` how often each path was asked for; `pages` may be changed."""

    server: http.server.ThreadingHTTPServer
    sent: int = 0
    visits: dict[str, int] = field(default_factory=dict)
    agents: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    robots: bytes | None = None
    pages: dict[str, bytes] = field(default_factory=dict)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        path = unquote(self.path.partition("?")[0])
        self.site.visits[path] = self.site.visits.get(path, 0) + 1
        self.site.agents.append(self.headers.get("user-agent", ""))
        self.site.times.append(time.monotonic())
        if path in self.site.pages:
            self._answer(self.site.pages[path])
            return
        answer: Callable[[], None] | None = getattr(self, "at_" + path.strip("/").replace("-", "_").replace(".", "_"), None)
        if answer is None:
            self._answer(b"not here", status=404, kind="text/plain")
        else:
            answer()

    def _answer(self, body: bytes, *, status: int = 200, kind: str = "text/html; charset=utf-8", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, to: str, status: int = 302) -> None:
        self._answer(b"", status=status, Location=to)

    def at_robots_txt(self) -> None:
        if self.site.robots is None:
            self._answer(b"", status=404)
        else:
            self._answer(self.site.robots, kind="text/plain")

    def at_de(self) -> None:
        self._answer(page("de", "Nordkorea bestätigt Entsendung", GERMAN, self.site.url("/de")))

    def at_ko(self) -> None:
        self._answer(page("ko", "북한, 파병 공식 확인", KOREAN, site="연합뉴스"))

    def at_ar(self) -> None:
        self._answer(
            page("ar", "كوريا الشمالية تؤكد إرسال قوات", ARABIC).replace(b'<html lang="ar"', b'<html dir="rtl" lang="ar"')
        )

    def at_moved(self) -> None:
        self._redirect("/moved-again", 301)

    def at_moved_again(self) -> None:
        self._redirect("/de", 307)

    def at_round(self) -> None:
        self._redirect("/round")

    def at_to_private(self) -> None:
        self._redirect("http://10.0.0.1/secret")

    def at_to_neighbour(self) -> None:
        self._redirect(self.site.url("/de", "127.0.0.2"))

    def at_to_metadata(self) -> None:
        self._redirect("http://169.254.169.254/latest/meta-data/")

    def at_to_file(self) -> None:
        self._redirect("file:///etc/passwd")

    def at_gzip(self) -> None:
        self._answer(gzip.compress(page("de", "Gepackt", GERMAN), mtime=0), Content_Encoding="gzip")

    def at_bomb(self) -> None:
        self._answer(gzip.compress(bytes(40 << 20)), Content_Encoding="gzip")

    def at_brotli(self) -> None:
        self._answer(b"\x0b\x02\x80abc\x03", Content_Encoding="br")

    def at_chunked(self) -> None:
        self._start_chunks(page("de", "In Stücken", GERMAN))
        self.wfile.write(b"0\r\n\r\n")

    def at_chunked_gzip(self) -> None:
        self._start_chunks(gzip.compress(page("de", "Beides", GERMAN), mtime=0), Content_Encoding="gzip")
        self.wfile.write(b"0\r\n\r\n")

    def at_broken_chunks(self) -> None:
        self._start_chunks(page("de", "Abgerissen", GERMAN))
        self.wfile.flush()
        self.close_connection = True

    def _start_chunks(self, body: bytes, **headers: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        for at in range(0, len(body), 100):
            part = body[at : at + 100]
            self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))

    def at_pdf(self) -> None:
        self._answer(pdf(["The ministry confirms the deployment.", "Second page."]), kind="application/pdf")

    def at_png(self) -> None:
        self._answer(PNG, kind="image/png")

    def at_not_a_picture(self) -> None:
        self._answer(page("de", "Keine", GERMAN), kind="image/jpeg")

    def at_stream(self) -> None:
        """300 MB, of which somebody has to stop reading."""
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Length", str(300 << 20))
        self.end_headers()
        block = bytes(1 << 20)
        try:
            for _ in range(300):
                self.wfile.write(block)
                self.site.sent += len(block)
        except OSError:
            self.close_connection = True

    def at_endless(self) -> None:
        """A byte now and then."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        try:
            while not self.site.over.wait(0.05):
                self.wfile.write(b"x")
                self.wfile.flush()
        except OSError:
            self.close_connection = True

    def at_interrupted(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(b"<html><body>half of")
        self.wfile.flush()
        self.close_connection = True

    def at_hints(self) -> None:
        """An early answer that says that one is coming."""
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")
        self.at_de()

    def at_gone(self) -> None:
        self._answer(b"", status=410)

    def at_failing(self) -> None:
        self._answer(b"", status=503)

    def log_message(self, *_: object) -> None:
        pass


def serve() -> Site:
    site = Site(http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler))
    site.server.RequestHandlerClass = type("Handler", (_Handler,), {"site": site})
    site.server.daemon_threads = True
    threading.Thread(target=site.server.serve_forever, args=(0.05,), daemon=True).start()
    return site


def stop(site: Site) -> None:
    site.over.set()
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """For the tests here and those of the command line: both name it in their conftest."""
    found = serve()
    yield found
    stop(found)
