//! Names of modules that come with Python.

use std::collections::HashSet;
use std::sync::OnceLock;

static SETS: [Names; 3] = [const { OnceLock::new() }; 3];

/// True for a module of the standard library.
pub fn is_stdlib(name: &str) -> bool {
    has(&SETS[0], STDLIB, name) || name.starts_with('_') && is_builtin_module(name)
}

/// True for a module that is built in, or loaded before any program: nothing can hide it.
pub fn is_builtin_module(name: &str) -> bool {
    has(&SETS[1], BUILTIN, name)
}

/// True for a module that pytest has loaded before it imports a test.
pub fn is_loaded_by_pytest(name: &str) -> bool {
    has(&SETS[2], PYTEST, name) || is_builtin_module(name)
}

type Names = OnceLock<HashSet<&'static str>>;

/// The words of a text as a set, made once.
fn has(set: &'static Names, words: &'static str, name: &str) -> bool {
    set.get_or_init(|| words.split_ascii_whitespace().collect()).contains(name)
}

/// Python 3.8 to 3.14.
const STDLIB: &str = "\
    __future__ abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore \
    atexit audioop base64 bdb binascii bisect builtins bz2 cProfile calendar cgi cgitb chunk cmath \
    cmd code codecs codeop collections colorsys compileall compression concurrent configparser \
    contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal \
    difflib dis distutils doctest email encodings ensurepip enum errno faulthandler fcntl filecmp \
    fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib \
    grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress \
    itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math \
    mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path \
    numbers opcode operator optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil \
    platform plistlib poplib posix posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc \
    pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy sched \
    secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket \
    socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat statistics string \
    stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib \
    tempfile termios textwrap this threading time timeit tkinter token tokenize tomllib trace \
    traceback tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uu uuid \
    venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile \
    zipimport zlib zoneinfo";

/// `sys.builtin_module_names` and the frozen modules of 3.11.
const BUILTIN: &str = "\
    _abc _ast _codecs _collections _collections_abc _functools _imp _io _locale _operator _signal \
    _sitebuiltins _sre _stat _string _symtable _thread _tokenize _tracemalloc _warnings _weakref abc \
    atexit builtins codecs encodings errno faulthandler gc genericpath importlib io itertools \
    marshal nt ntpath os posix posixpath pwd runpy site stat sys time winreg xxsubtype zipimport";

/// `sys.modules` after `import pytest`.
const PYTEST: &str = "\
    __future__ _pytest abc argparse ast asyncio atexit base64 bdb binascii bisect bz2 calendar cmd \
    code codecs codeop collections concurrent configparser contextlib contextvars copy copyreg csv \
    dataclasses datetime decimal difflib dis doctest email enum errno faulthandler fnmatch fractions \
    functools gc genericpath getopt getpass gettext glob grp hashlib heapq html importlib iniconfig \
    inspect io ipaddress itertools json keyword linecache locale logging lzma marshal math numbers \
    opcode operator os packaging pathlib pdb pickle pkgutil platform pluggy posix posixpath pprint \
    pwd pydoc pygments pytest queue quopri random re readline reprlib rlcompleter select selectors \
    shlex shutil signal site socket sre_compile sre_constants sre_parse ssl stat statistics string \
    struct subprocess sys sysconfig tempfile textwrap threading time token tokenize tomllib \
    traceback types typing unittest urllib uuid warnings weakref xml zipfile zipimport zlib zoneinfo";
