"""The parts of a message that tell reasons apart, and those that vary, as regular expressions."""

import re
from typing import NamedTuple


class Rule(NamedTuple):
    """What to look for, and what stands for it, in texts that contain `needs`: the others are fast.

    `by` is "" for parts that stay.
    """

    needs: re.Pattern[str]
    expression: re.Pattern[str]
    by: str


def _rules(*rules: tuple[str, str, str]) -> list[Rule]:
    return [Rule(re.compile(needs), re.compile(expression), by) for needs, expression, by in rules]


# What stays: what follows the word error, HTTP, code and the like, and names of errors.
KEPT = _rules(
    (
        r"\d",
        r"(?i)\b(?:errors?|errno|http|code|status|signal|exception)(?:/\d(?:\.\d)?)?"
        r"(?:\s+(?:code|number|status))?(?:\s*[:=#(\[]\s*|\s+)['\"]?"
        r"(?:0x[0-9a-f]+|[a-z]{0,8}[-_]?\d+(?:\.\d+)*)(?!\w|[.,]\d)",
        "",
    ),
    # java.lang.OutOfMemoryError, and classes of usual packages
    (
        "[A-Z]",
        r"\b(?:[A-Za-z_]\w*[.$])*[A-Z]\w*(?:Exception|Error|Fault|Failure|Warning)\b",
        "",
    ),
    (r"\.", r"\b(?:java|javax|com|org|net|sun|system)(?:\.[A-Za-z_]\w*){2,}(?!\w|@)", ""),
    # 409 Conflict, 409 item_name_in_use
    (r"\d", r"(?<![\w.,:/-])[1-5]\d\d(?=:?\s+(?:[A-Z][a-z]+\b|[a-z]+(?:_[a-z]+)+))", ""),
    (r"\d", r"^\W*[A-Z]{1,8}-?\d{2,6}(?=:)", ""),  # ORA-00060: deadlock
    # image/webp, but no path such as image/7/logo.png
    (
        "/",
        r"(?<![\w/.])(?:image|video|audio)/[a-z][a-z\d+-]*(?![\w/.+-])"
        r"|(?<![\w/.])application/[a-z][a-z\d.+-]*[a-z](?![\w/.+-])",
        "",
    ),
    ("_", r"\b[a-z]+(?:_[a-z]+)+\b(?=\s*:)|(?<![.\w])[A-Z]+(?:_[A-Z]+)+(?![.\w])", ""),
    (
        r"\d",
        r"(?i)\b(?:utf-?(?:8|16|32)|sha-?(?:1|256|512)|md5|base64|(?:tls|ssl)\s?v?\d(?:\.\d)?"
        r"|oauth2|pdf/[aexu]-?\d[abu]?|x(?:86|64|509)|win(?:32|64)|(?:u?int|float)(?:8|16|32|64)"
        r"|iso-8859-\d+|ipv[46]|latin-?1|(?:windows-|cp)\d+|office ?365|s3)\b",
        "",
    ),
)

# Text in quotes: single texts and lists. An apostrophe within a word does not end one.
ITEM = r"'(?:[^']|(?<=\w)'(?=\w))*'(?!\w)|\"[^\"]*\"|`[^`]*`|“[^”]*”|‘[^’]*’(?!\w)|«[^»]*»"
AND = r"(?:,? and |,? or |, ?|; ?| ?/ ?)"
QUOTED = re.compile(rf"(?<!\w)(?:{ITEM})(?:{AND}(?:{ITEM}))*")
QUOTED_ITEM = re.compile(ITEM)
WORD = re.compile(r"[A-Za-z][A-Za-z_]*")
# After these words a text in quotes is a tag, or the name or value of something.
_OF_TAGS = r"tags?|placeholders?|variables?|fields?|propert(?:y|ies)|parameters?|columns?|keys?"
BEFORE_TAG = re.compile(
    rf"(?i)\b(?:{_OF_TAGS}|paths?|loop over|calculation|attributes?|keyerror|reading|setting"
    r"|values? of)\s*:?\s*$"
)
BEFORE_NAME = re.compile(
    r"(?i)\b(?:files?|folders?|templates?|users?|fonts?|images?|pictures?|sheets?|documents?"
    r"|names?|named|called|values?|parts?|formats?|hosts?|servers?|styles?|bookmarks?|groups?"
    r"|batch|jobs?|text|got|was|found|near|at|line|dates?|numbers?|amounts?|currenc(?:y|ies)"
    r"|locales?|languages?|strings?|inputs?|options?)\s*:?\s*$"
)

AFTER_NAME = re.compile(r"(?i)\s+is (?:a required|not (?:of type|one of|defined)|undefined)\b")

# Tags without quotes: in braces or brackets, after the word tag, and paths such as order.id.
DOUBLE_BRACES = re.compile(r"\{\{\s*(.*?)\s*\}\}")
BRACKETS = re.compile(r"([\[{(])\s*([\w.]+(?:\s*,\s*[\w.]+)+|(?<=[\[{])[A-Za-z_][\w.]*)\s*([\])}])")
_NAMED = r"[A-Za-z_][\w.]*"
_NOT_PLAIN = (
    r"(?!(?:an?|the|is|was|were|are|be|been|being|has|have|had|not?|never|in|of|at|on|for|with"
    r"|without|to|by|from|as|and|or|but|if|than|then|that|which|this|these|those|its?|cannot|can"
    r"|could|may|must|should|does|did|do|will|would|missing|found|provided|expected|required"
    r"|unknown|used|unused|names?|values?|content|path|type|list|format|syntax|expression"
    r"|reference|inside|outside|before|after|loop|appears|exists|contains|needs|count|depth|limit"
    rf"|errors?|requires|mismatch|given|set|left|still|only|also|nor|so|because|while|until)\b){_NAMED}"
)
AFTER_TAG = re.compile(
    rf"(?i)\b({_OF_TAGS})"
    rf"(?:(\s*[:=]\s*)({_NAMED}(?:{AND}{_NAMED})*)|(\s+)({_NOT_PLAIN}(?:{AND}{_NOT_PLAIN})*))"
)
_INDEX = r"(?:\[\d*\])"
_PATH = (
    rf"(?:\$(?:\.\w+|{_INDEX})+"  # $.items[3].price, as JSON Schema names it
    rf"|[A-Za-z_]\w*{_INDEX}?(?:\.[A-Za-z_]\w*{_INDEX}?)+(?![\w(])"  # order.items[0].name
    rf"|[a-z_]\w*{_INDEX}(?!\w)"
    r"|[a-z]+\d*(?:[A-Z][a-z\d]+)+(?![\w(]))"  # orderNumber
)
PATHS = re.compile(rf"(?<![\w<.]){_PATH}(?:{AND}{_PATH})*")

_ENDING = (
    r"\.(?:docx?|docm|dotx|xlsx?|pptx?|pdf|xml|rels|json|csv|txt|html?|png|jpe?g|gif|svg|tiff?|bmp"
    r"|emf|wmf|zip|tmp|part|log|ttf|otf|py|java|js|cpp|dll|jar|eml|msg|rtf|odt)\b"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_DATE = (
    rf"(?:\d{{4}}[-/]\d\d?[-/]\d\d?|\d\d?[-/.]\d\d?[-/.]\d{{4}}|{_DAY}[\s-]{_MONTH}[\s,-]+\d{{4}}"
    rf"|{_MONTH}\s{_DAY},?\s\d{{4}})"
)
_CLOCK = (
    r"\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?[ap]\.?m\b\.?)?"
    r"(?:\s?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?"
)
_NUMBER = r"\d+(?:[.,]\d+)*"
_UNIT = (
    r"(?:ms|msecs?|µs|us|ns|secs?|s|mins?|min|m|hrs?|h|d|[kmgt]i?b?|b|px|pts?|cm|mm|in|dpi|%|x"
    r"|usd|eur|bits?)"
)
_UNSPACED = r"[^\s\\/:'\"<>|]+"

# What varies, in the order in which it is looked for before and after the paths of tags.
NAMES = _rules(
    ("://", r"(?i)\b[a-z][a-z0-9+.-]*://\S+?(?=[.,;:)\]>]*(?:\s|$))", "<url>"),
    ("@", r"(?i)[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}\b", "<name>"),
    (
        r"\d",
        rf"(?i)(?<![\w.])(?:(?:mon|tue|wed|thu|fri|sat|sun)\w*,?\s)?"
        rf"(?:{_DATE}(?:[T\s,]+(?:at\s)?{_CLOCK})?|{_CLOCK})(?!\w)",
        "<time>",
    ),
    (r"\d", r"(?<!\w)(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?!\w)", "<name>"),
    (
        "::",
        r"(?i)(?<![\w:])(?=[0-9a-f:]*\d)(?:[0-9a-f]{1,4}:){1,7}(?::[0-9a-f]{1,4}){1,7}(?![\w:])",
        "<name>",
    ),
    ("-", r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
    # C:\...; a name with spaces goes on only before a backslash
    (
        r"[:\\]",
        rf"(?<!\w)(?:[A-Za-z]:[\\/]|\\\\)(?:{_UNSPACED}(?: {_UNSPACED})*\\)*"
        r"[^\s\\/:;,'\"<>|]*",
        "<name>",
    ),
    ("/", r"(?<![\w<>./])~?/?(?:[\w.@+-]+/)+[\w.@+-]*\w|(?<![\w<>/.])~?/[\w.@+-]*\w", "<name>"),
    (
        r"\.",
        rf"(?i)\b(file|template|document) (?!<)[^,:;'\"<>]{{1,80}}?{_ENDING}",
        r"\1 <name>",
    ),
    (r"\.", rf"(?i)(?<![\w<])[\w()+-][\w.()+-]*{_ENDING}(?::\d+)?", "<name>"),
    (
        " [A-Z]",
        r"\b(user|[Ff]ont|host|[Ss]heet|style|group|batch|template|[Bb]ookmark|folder) "
        r"[A-Z][\w.-]*(?: [A-Z\d][\w.-]*)*",
        r"\1 <name>",
    ),
    (
        r"\.|localhost",
        r"(?i)\b(?:[a-z0-9-]+\.)+(?:com|net|org|io|local|internal|localdomain|lan|corp|cloud"
        r"|dev|app|test|example|de|uk|eu)(?::\d+)?\b|\blocalhost(?::\d+)?",
        "<name>",
    ),
)
_COUNTED = (
    "second|minute|hour|day|byte|character|page|row|column|version|file|job|document|attempt|time"
    "|item|tag|image|table|error|warning|request"
)
NUMBERS = _rules(
    ("1 ", rf"(?<![\w.,-])1 ({_COUNTED})\b", r"1 \1s"),  # 1 second and 2 seconds are one
    ("0x", r"(?i)\b0x[0-9a-f]+\b", "<id>"),
    (r"\d", rf"(?i)(?<![\w<.]){_NUMBER}\s?[x×]\s?{_NUMBER}{_UNIT}?(?!\w)", "<number>"),
    (r"\d", rf"(?i)(?<![\w<.]){_NUMBER}{_UNIT}(?:\s?{_NUMBER}{_UNIT})+(?!\w)", "<number>"),
    (r"\d", rf"(?i)(?<![\w<.])[+-]?[$€£]?{_NUMBER}\s?{_UNIT}(?![\w-])", "<number>"),
    # words with digits: INV-2026-17, image1, renderer-7d9f4b8c6-abcde
    (r"\d", r"(?<![\w<-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])\w+(?:-\w+)*(?!\w)", "<id>"),
    ("", r"(?i)\b(?=\w*[a-f])[0-9a-f]{8,}\b", "<id>"),
    (r"\d", rf"(?i)(?<![\w<])[+-]?[$€£]?{_NUMBER}(?:e[+-]?\d+)?(?!\w)", "<number>"),
    (">", rf"(<\w+>)(?:{AND}\1)+", r"\1"),  # a list is one
    ("", r"\s+", " "),
)
