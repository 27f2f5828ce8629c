using System.Collections.Frozen;

namespace RQ.Serialization;

/// <summary>
/// The modules that come with Python, of 2.7 and 3.6 to 3.14. What a pickle refers to in them is in <see cref="PickleNames"/>, or no data: a pickle
/// that calls <c>os.system</c> is hostile, and one that holds a compiled pattern or a partial function holds code.
/// </summary>
internal static class PickleStandardLibrary
{
    // sys.stdlib_module_names, and what Python 2 had besides, apart from names that programs give their own modules (user, parser, test ...).
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Modules = (
        "BaseHTTPServer Bastion CGIHTTPServer ConfigParser Cookie DocXMLRPCServer HTMLParser Queue SimpleHTTPServer SimpleXMLRPCServer "
        + "SocketServer StringIO Tkinter UserDict UserList UserString __builtin__ __future__ _abc _aix_support _android_support _ast _asyncio "
        + "_bisect _blake2 _bootlocale _bootsubprocess _bz2 _codecs _codecs_cn _codecs_hk _codecs_iso2022 _codecs_jp _codecs_kr _codecs_tw "
        + "_collections _collections_abc _colorize _compat_pickle _compression _contextvars _crypt _csv _ctypes _curses _curses_panel _datetime "
        + "_dbm _decimal _dummy_threading _elementtree _frozen_importlib _frozen_importlib_external _functools _gdbm _hashlib _heapq _hmac _imp "
        + "_interpchannels _interpqueues _interpreters _io _ios_support _json _locale _lsprof _lzma _markupbase _md5 _msi _multibytecodec "
        + "_multiprocessing _opcode _opcode_metadata _operator _osx_support _overlapped _pickle _posixshmem _posixsubprocess _py_abc _pydatetime "
        + "_pydecimal _pyio _pylong _pyrepl _queue _random _remote_debugging _scproxy _sha1 _sha2 _sha256 _sha3 _sha512 _signal _sitebuiltins "
        + "_socket _sqlite3 _sre _ssl _stat _statistics _string _strptime _struct _suggestions _symtable _sysconfig _sysconfigdata _thread "
        + "_threading_local _tkinter _tokenize _tracemalloc _types _typing _uuid _warnings _weakref _weakrefset _winapi _winreg _wmi _zoneinfo "
        + "_zstd abc aifc annotationlib anydbm argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii binhex bisect "
        + "builtins bz2 cPickle cProfile cStringIO calendar ce cgi cgitb chunk cmath cmd code codecs codeop collections colorsys commands "
        + "compileall compression concurrent configparser contextlib contextvars cookielib copy copy_reg copyreg crypt csv ctypes curses "
        + "dataclasses datetime dbhash dbm decimal difflib dis distutils doctest dumbdbm dummy_thread dummy_threading email encodings ensurepip "
        + "enum errno exceptions faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools future_builtins gc gdbm genericpath getopt "
        + "getpass gettext glob graphlib grp gzip hashlib heapq hmac hotshot html htmlentitydefs htmllib http httplib idlelib ihooks imaplib imghdr "
        + "imp importlib imputil inspect io ipaddress itertools json keyword lib2to3 linecache locale logging lzma macostools macpath mailbox "
        + "mailcap marshal math md5 mhlib mimetools mimetypes mmap modulefinder msilib msvcrt multifile multiprocessing netrc nis nntplib nt ntpath "
        + "nturl2path numbers opcode operator optparse os os2 ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib popen2 "
        + "poplib posix posixfile posixpath pprint profile pstats pty pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re "
        + "readline reprlib resource rexec rfc822 riscos riscospath rlcompleter robotparser runpy sched secrets select selectors sgmllib sha shelve "
        + "shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre sre_compile sre_constants sre_parse ssl stat "
        + "statistics statvfs string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios "
        + "textwrap thread threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing "
        + "unicodedata unittest urllib urllib2 urlparse uu uuid venv warnings wave weakref webbrowser whichdb winreg winsound wsgiref xdrlib xml "
        + "xmlrpc xmlrpclib zipapp zipfile zipimport zlib zoneinfo")
        .Split(' ').ToFrozenSet().GetAlternateLookup<ReadOnlySpan<char>>();

    public static bool Has(string module)
    {
        var dot = module.IndexOf('.', StringComparison.Ordinal);
        return Modules.Contains(dot < 0 ? module : module.AsSpan(0, dot));
    }
}
