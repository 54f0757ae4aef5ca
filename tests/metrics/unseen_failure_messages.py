"""Realistic messages by reason that were written after the rules for patterns.

The rules were not changed for them, so that they show how well the rules do on other messages.
"""
# ruff: noqa: E501

MESSAGES = {
    "too many rows": [
        "The table in section 4 would have 18204 rows; Word opens at most 32767 per table",
        "The table in section 12 would have 90001 rows; Word opens at most 32767 per table",
    ],
    "merge field": [
        "MERGEFIELD Customer_Name has no source column",
        "MERGEFIELD PostCode has no source column",
    ],
    "header": [
        "No header part for section 2 (rId7)",
        "No header part for section 11 (rId31)",
    ],
    "relationship": [
        "Relationship rId12 points to a missing target media/image4.png",
        "Relationship rId9 points to a missing target embeddings/sheet1.xlsx",
    ],
    "numbering": [
        "Numbering definition 14 refers to abstractNum 3, which is absent",
        "Numbering definition 2 refers to abstractNum 88, which is absent",
    ],
    "style": [
        "Style 'Heading 9 Red' is based on itself",
        "Style 'CompanyTable' is based on itself",
    ],
    "comma": [
        "Amount '1.234,56' is not a number; use a decimal point",
        "Amount '12,5' is not a number; use a decimal point",
    ],
    "null": [
        "customer.email is null",
        "order.shipping.street is null",
    ],
    "empty array": [
        "Array order.lines is empty",
        "Array contract.parties is empty",
    ],
    "index": [
        "Index 4 is out of bounds for length 4 in order.lines[4]",
        "Index 17 is out of bounds for length 2 in items[17].parts",
    ],
    "json key twice": [
        "Duplicate key \"customer\" in JSON at line 12",
        "Duplicate key \"id\" in JSON at line 3",
    ],
    "encoding": [
        "'utf-8' codec can't decode byte 0xfc in position 1: invalid start byte",
        "'utf-8' codec can't decode byte 0x92 in position 40118: invalid start byte",
    ],
    "encoding latin": [
        "'latin-1' codec can't encode character '\\u2019' in position 12: ordinal not in range(256)",
        "'latin-1' codec can't encode character '\\u20ac' in position 4: ordinal not in range(256)",
    ],
    "http 401": [
        "POST https://api.box.com/2.0/docgen_batches returned HTTP 401",
        "POST https://api.box.com/2.0/files/content returned HTTP 401",
    ],
    "http 403": [
        "POST https://api.box.com/2.0/docgen_batches returned HTTP 403",
        "POST https://upload.box.com/api/2.0/files/content returned HTTP 403",
    ],
    "invalid grant": [
        "OAuth error invalid_grant: Refresh token has expired",
        "OAuth error invalid_grant: Refresh token has expired",
    ],
    "invalid client": [
        "OAuth error invalid_client: The client credentials are invalid",
        "OAuth error invalid_client: The client credentials are invalid",
    ],
    "errno 28": [
        "[Errno 28] No space left on device: '/var/tmp/lu173kq.tmp'",
        "[Errno 28] No space left on device: '/tmp/docgen/out 7.pdf'",
    ],
    "errno 24": [
        "[Errno 24] Too many open files: '/var/tmp/lu173kq.tmp'",
        "[Errno 24] Too many open files: '/srv/a.docx'",
    ],
    "errno 32": [
        "[Errno 32] Broken pipe",
        "[Errno 32] Broken pipe",
    ],
    "status 1": [
        "Command 'soffice --convert-to pdf /tmp/a1.docx' returned non-zero exit status 1.",
        "Command 'soffice --convert-to pdf /tmp/zz.docx' returned non-zero exit status 1.",
    ],
    "status 134": [
        "Command 'soffice --convert-to pdf /tmp/a1.docx' returned non-zero exit status 134.",
        "Command 'soffice --convert-to pdf /x/9.docx' returned non-zero exit status 134.",
    ],
    "signed": [
        "Signature of Contract A.docx became invalid by editing on 12.03.2026",
        "Signature of b.docx became invalid by editing on 01.11.2025",
    ],
    "watermark": [
        "Watermark text is longer than 64 characters (81)",
        "Watermark text is longer than 64 characters (300)",
    ],
    "barcode": [
        "Barcode EAN13 needs 13 digits, not 12",
        "Barcode EAN13 needs 13 digits, not 8",
    ],
    "qr": [
        "QR code for order.link holds at most 2953 bytes",
        "QR code for customer.vcard holds at most 2953 bytes",
    ],
    "page size": [
        "Page of 297x420mm is larger than A4",
        "Page of 594 x 841 mm is larger than A4",
    ],
    "margin": [
        "Margins of 12cm leave no room for text",
        "Margins of 4.5in leave no room for text",
    ],
    "sla": [
        "Queued for 00:17:42, longer than the 00:15:00 allowed",
        "Queued for 01:02:03, longer than the 00:15:00 allowed",
    ],
    "batch limit": [
        "Batch 7d8f2a1c-9b3e-4c5d-8e6f-0a1b2c3d4e5f has 5001 documents, the limit is 5000",
        "Batch 11111111-2222-3333-4444-555555555555 has 9,999 documents, the limit is 5000",
    ],
    "concurrency": [
        "4 of 4 renderers are busy; job 4000123 waits",
        "8 of 8 renderers are busy; job 51 waits",
    ],
    "license seats": [
        "License covers 25 seats, 26 in use",
        "License covers 100 seats, 140 in use",
    ],
    "legal hold": [
        "File 99120 is under legal hold LH-2026-004",
        "File 3 is under legal hold LH-2025-117",
    ],
    "retention": [
        "File 99120 may not be replaced before 2031-01-01 (retention policy 77)",
        "File 4 may not be replaced before 2027-06-30 (retention policy 3)",
    ],
    "shield": [
        "Access blocked by Shield rule \"No external downloads\"",
        "Access blocked by Shield rule \"EU only\"",
    ],
    "may not edit": [
        "Role 'viewer' may not do this",
        "Role 'viewer' may not do this",
    ],
    "may not own": [
        "Role 'editor' may not do this",
        "Role 'editor' may not do this",
    ],
    "webhook late": [
        "Delivery 3fa85f64 to https://hooks.acme.test/box took 31s",
        "Delivery beefcafe to https://x.acme.test/y took 45s",
    ],
    "webhook gone": [
        "Delivery 3fa85f64 to https://hooks.acme.test/box was answered with 410 Gone",
        "Delivery 00c0ffee to https://hooks.acme.test/z was answered with 410 Gone",
    ],
    "python type": [
        "TypeError: can only concatenate str (not \"int\") to str",
        "TypeError: can only concatenate str (not \"int\") to str",
    ],
    "python type none": [
        "TypeError: can only concatenate str (not \"NoneType\") to str",
        "TypeError: can only concatenate str (not \"NoneType\") to str",
    ],
    "jinja": [
        "jinja2.exceptions.UndefinedError: 'customer' is undefined",
        "jinja2.exceptions.UndefinedError: 'invoice' is undefined",
    ],
    "jinja dict": [
        "jinja2.exceptions.UndefinedError: 'dict object' has no attribute 'street'",
        "jinja2.exceptions.UndefinedError: 'dict object' has no attribute 'vat'",
    ],
    "unknown filter": [
        "No filter named 'currency' found",
        "No filter named 'datefmt' found",
    ],
    "unexpected end": [
        "Unexpected end of template. Jinja was looking for the following tags: 'elif' or 'else' or 'endif'.",
        "Unexpected end of template. Jinja was looking for the following tags: 'endfor' or 'else'.",
    ],
    "velocity": [
        "Encountered \"#end\" at Letter.vm[line 12, column 3]",
        "Encountered \"#end\" at notice_2.vm[line 118, column 44]",
    ],
    "redis": [
        "MOVED 3999 127.0.0.1:6381",
        "MOVED 12182 10.0.0.4:6379",
    ],
    "kafka": [
        "Offset 88123 for partition docgen-3 is out of range",
        "Offset 12 for partition docgen-0 is out of range",
    ],
    "postgres": [
        "ERROR: duplicate key value violates unique constraint \"jobs_pkey\" (SQLSTATE 23505)",
        "ERROR: duplicate key value violates unique constraint \"documents_name_key\" (SQLSTATE 23505)",
    ],
    "postgres null": [
        "ERROR: null value in column \"folder_id\" violates not-null constraint (SQLSTATE 23502)",
        "ERROR: null value in column \"owner\" violates not-null constraint (SQLSTATE 23502)",
    ],
}  # fmt: skip

LATER = {
    "template missing": [
        "Template 1829304 was not found",
        "Template 55 was not found",
        "Template 99182736455 was not found",
    ],
    "template trashed": [
        "Template 1829304 is in the trash",
        "Template 7 is in the trash",
    ],
    "not docx": [
        "'Angebot final.pdf' is not a docx file",
        "'offer.txt' is not a docx file",
        "'scan 003.jpeg' is not a docx file",
    ],
    "macro": [
        "Templates with macros are not supported: Offer_v2.docm",
        "Templates with macros are not supported: C:\\Users\\anna\\Vorlage.docm",
    ],
    "required": [
        "Required value missing for customer.address.city",
        "Required value missing for positions[2].unitPrice",
        "Required value missing for $.terms",
    ],
    "wrong email": [
        "'max@' is not a valid email address",
        "'foo.example.com' is not a valid email address",
        "'a b@c.de' is not a valid email address",
    ],
    "wrong iban": [
        "IBAN DE89370400440532013000 has a wrong checksum",
        "IBAN GB82WEST12345698765432 has a wrong checksum",
    ],
    "out of range": [
        "discount must be between 0 and 100, was 120",
        "discount must be between 0 and 100, was -5",
        "discount must be between 0 and 100, was 100.5",
    ],
    "list too long": [
        "items has 5001 entries, at most 5000 are allowed",
        "items has 12,000 entries, at most 5000 are allowed",
    ],
    "unknown currency": [
        "Unknown currency 'EURO' in total",
        "Unknown currency 'XXX' in price",
    ],
    "filter unknown": [
        "Unknown filter 'uppercase' used on tag name",
        "Unknown filter 'money2' used on tag order.total",
    ],
    "nested too deep": [
        "Loops are nested 9 levels deep, the limit is 8 levels",
        "Loops are nested 12 levels deep, the limit is 8 levels",
    ],
    "end without start": [
        "{{/if}} without {{#if}} in paragraph 3",
        "{{/if}} without {{#if}} in paragraph 114",
    ],
    "unexpected token": [
        "Unexpected token ')' at column 14 of {{ sum(a,b)) }}",
        "Unexpected token ')' at column 3 of {{ x) }}",
    ],
    "download failed": [
        "Download of https://files.example.com/x/y.png?sig=abc failed after 3 attempts: timeout",
        "Download of http://192.0.2.7/logo.svg failed after 1 attempt: timeout",
    ],
    "download refused": [
        "Download of https://files.example.com/x/y.png failed after 3 attempts: certificate has expired",
        "Download of https://intra.corp/a.png failed after 5 attempts: certificate has expired",
    ],
    "image damaged": [
        "Image header.png is truncated (expected 20480 bytes, got 1024)",
        "Image Foto-12.jpg is truncated (expected 7 bytes, got 0)",
    ],
    "quota user": [
        "User 123 has used 49.9 GB of 50 GB; 120 MB more are needed",
        "User 98765 has used 9 GB of 10 GB; 2.5 GB more are needed",
    ],
    "quota enterprise": [
        "Enterprise 8273 has reached its limit of 10000 documents per month",
        "Enterprise 11 has reached its limit of 500 documents per month",
    ],
    "folder locked": [
        "Folder 'Contracts 2026' (id 228833) is locked by legal hold 17",
        "Folder 'HR' (id 5) is locked by legal hold 202",
    ],
    "collaborator": [
        "anna.schmidt@example.com is not a collaborator of folder 77281",
        "x@y.org is not a collaborator of folder 1",
    ],
    "classification": [
        "Shield policy 'Confidential' prevents downloads of file 88271",
        "Shield policy 'Confidential' prevents downloads of file 3",
    ],
    "worker lost": [
        "Worker docgen-worker-6f7c9d-x2k4p was lost after 00:01:12",
        "Worker docgen-worker-55bb-q was lost after 00:00:03",
    ],
    "deadlock": [
        "Deadlock found when trying to get lock; try restarting transaction (errno 1213, SQLSTATE 40001)",
        "Deadlock found when trying to get lock; try restarting transaction (errno 1213, SQLSTATE 40001)",
    ],
    "http 500": [
        "Internal Server Error (500), request 4f9d2c7a1b",
        "Internal Server Error (500), request 00ab13ff9e",
    ],
    "http 507": [
        "Insufficient Storage (507), request 4f9d2c7a1b",
        "Insufficient Storage (507), request 9182aa0b3c",
    ],
    "unauthorized": [
        "401 Unauthorized: token of client abc123def456ghi7 was revoked on 3 Mar 2026",
        "401 Unauthorized: token of client z9y8x7w6v5u4t3s2 was revoked on 28 Feb 2026",
    ],
    "xml error": [
        "word/document.xml:1:48213: mismatched tag",
        "word/header2.xml:12:7: mismatched tag",
    ],
    "xml entity": [
        "word/document.xml:1:99: undefined entity",
        "word/footnotes.xml:3:1204: undefined entity",
    ],
    "zip": [
        "Bad CRC-32 for file 'word/media/image1.png'",
        "Bad CRC-32 for file 'word/styles.xml'",
    ],
    "python type": [
        "TypeError: unsupported operand type(s) for +: 'int' and 'str'",
        "TypeError: unsupported operand type(s) for +: 'int' and 'str' ",
    ],
    "python key": [
        "KeyError: 'customer'",
        "KeyError: 'order_lines'",
    ],
    "recursion": [
        "RecursionError: maximum recursion depth exceeded while rendering block 'terms'",
        "RecursionError: maximum recursion depth exceeded while rendering block 'annex B'",
    ],
    "page limit": [
        "The document would have 2104 pages; PDF output is limited to 2000 pages",
        "The document would have 9,999 pages; PDF output is limited to 2000 pages",
    ],
    "queue full": [
        "Queue is full (10000 jobs waiting); retry at 2026-03-02T09:15:00Z",
        "Queue is full (10412 jobs waiting); retry at 2026-03-02 23:59",
    ],
    "cancelled": [
        "Batch 6f9619ff-8b86-d011-b42d-00cf4fc964ff was cancelled by Anna Schmidt",
        "Batch 3fa85f64-5717-4562-b3fc-2c963f66afa6 was cancelled by admin",
    ],
    "qr": [
        "QR code for tag payment.qr would need version 41",
        "QR code for tag link would need version 52",
    ],
    "barcode": [
        "Value '12345' has 5 digits, EAN-13 needs 12 or 13",
        "Value '123456789012345' has 15 digits, EAN-13 needs 12 or 13",
    ],
}
