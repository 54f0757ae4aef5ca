"""Realistic messages of failed jobs, by the reason that they have in common."""
# ruff: noqa: E501

MESSAGES = {
    "tag absent": [
        "The tag 'order.id' was not provided in the input data.",
        "The tag 'customer.address.city' was not provided in the input data.",
        "The tag 'customer's name' was not provided in the input data.",
    ],
    "tag unused": [
        "The tag 'order.note' was provided but not used in the template.",
        "The tag 'note' was provided but not used in the template.",
    ],
    "tag unquoted": [
        "No value for customer.address.city in the input",
        "No value for order.items[0].name in the input",
        "No value for orderNumber in the input",
    ],
    "tags listed": [
        "Missing tags: customer.name, order.id",
        "Missing tags: order.id, customer.name",
        "Missing tags: total",
        "Missing tags: a, b and c",
    ],
    "tags in braces": [
        "Unresolved placeholders {a,c}",
        "Unresolved placeholders {c,a}",
        "Unresolved placeholders {order.id, b, total}",
    ],
    "tags in brackets": [
        "Unknown tags [x, y.z] in template",
        "Unknown tags [name] in template",
    ],
    "tags quoted": [
        "The tags 'a', 'b' and 'c' have no value.",
        "The tags 'order.id' and 'total' have no value.",
        "The tags 'b', 'a' have no value.",
    ],
    "double braces": [
        "Cannot parse {{ order.id }} here",
        "Cannot parse {{total::round}} here",
    ],
    "type number": [
        "Tag 'total' expects a value of type 'number'.",
        "Tag 'order.tax' expects a value of type 'number'.",
    ],
    "type list": [
        "Tag 'items' expects a value of type 'list'.",
        "Tag 'order.items' expects a value of type 'list'.",
    ],
    "null pointer": [
        "java.lang.NullPointerException at com.render.Engine.run(Engine.java:120)",
        "java.lang.NullPointerException at com.render.Engine.run(Engine.java:98)",
    ],
    "out of memory": [
        "java.lang.OutOfMemoryError at com.render.Engine.run(Engine.java:120)",
        "java.lang.OutOfMemoryError at com.render.Engine.run(Engine.java:133)",
    ],
    "http 429": [
        "Request failed: HTTP 429 after 3 attempts",
        "Request failed: HTTP 429 after 5 attempts",
    ],
    "http 500": [
        "Request failed: HTTP 500 after 3 attempts",
        "Request failed: HTTP 500 after 2 attempts",
    ],
    "http 503": [
        "HTTP/1.1 503 from 10.0.0.7:8080",
        "HTTP/1.1 503 from 192.168.1.20:80",
    ],
    "may not upload": [
        "User 17338472 lacks the permission 'upload' on folder 99821",
        "User 4471 lacks the permission 'upload' on folder 8",
    ],
    "may not download": [
        "User 17338472 lacks the permission 'download' on folder 99821",
        "User 52 lacks the permission 'download' on folder 1",
    ],
    "error code 1001": [
        "Conversion failed with error code 1001 (job 8)",
        "Conversion failed with error code 1001 (job 912)",
    ],
    "error code 1002": [
        "Conversion failed with error code 1002 (job 8)",
        "Conversion failed with error code 1002 (job 77)",
    ],
    "exit code 77": [
        "soffice ended with exit code 77 after 12.5 s",
        "soffice ended with exit code 77 after 3 s",
    ],
    "exit code 81": [
        "soffice ended with exit code 81 after 12.5 s",
        "soffice ended with exit code 81 after 900ms",
    ],
    "hresult access": [
        "Word error 0x80070005: cannot open C:\\Jobs\\17\\in.docx",
        "Word error 0x80070005: cannot open D:\\spool\\x y\\in.docx",
    ],
    "hresult missing": [
        "Word error 0x80070002: cannot open C:\\Jobs\\17\\in.docx",
        "Word error 0x80070002: cannot open C:\\Jobs\\9\\b.docx",
    ],
    "timeout": [
        "Rendering timed out after 60s",
        "Rendering timed out after 90s",
        "Rendering timed out after 120 s",
        "Rendering timed out after 1500ms",
    ],
    "too large": [
        "The template is 101MB; at most 100MB are allowed",
        "The template is 250.5 MB; at most 100 MB are allowed",
        "The template is 2GB; at most 100MB are allowed",
    ],
    "image size": [
        "Image of 10x20 pixels is too small",
        "Image of 4 x 4 pixels is too small",
        "Image of 16×16 pixels is too small",
    ],
    "file name": [
        "Cannot read invoice-2026.docx: not a zip file",
        "Cannot read Letter.docx: not a zip file",
        "Cannot read tpl_v2.final.docx: not a zip file",
    ],
    "file name with spaces": [
        "The file Invoice March 2026.docx is locked",
        "The file Letter to Ada.docx is locked",
        "The file a.docx is locked",
    ],
    "unix path": [
        "Permission denied: /var/spool/docgen/17/out.pdf",
        "Permission denied: /tmp/x",
        "Permission denied: /home/ada/a/b",
    ],
    "zip part": [
        "The part 'word/header1.xml' has 900000000 bytes; the limit is 134217728.",
        "The part 'word/media/image2.png' has 17 bytes; the limit is 1,000.",
    ],
    "mail": [
        "No mailbox for ada@example.com",
        "No mailbox for bo.larsen+docs@mail.example.org",
    ],
    "url": [
        "Webhook https://hooks.example.com/a/17 did not answer",
        "Webhook http://10.1.2.3:8080/x?y=1 did not answer",
    ],
    "host": [
        "Cannot resolve api.example.com",
        "Cannot resolve db01.internal",
    ],
    "hex of letters": [
        "Checksum deadbeef does not match",
        "Checksum cafebabe does not match",
        "Checksum 3f2504e04f8911d3 does not match",
    ],
    "uuid": [
        "Template 3f2504e0-4f89-11d3-9a0c-0305e82c3301 was deleted",
        "Template 00000000-aaaa-bbbb-cccc-0305e82c3301 was deleted",
    ],
    "time iso": [
        "Token expired at 2026-03-02T09:00:00Z",
        "Token expired at 2026-11-28T22:10:03.125+01:00",
        "Token expired at 2026-03-02 09:00",
    ],
    "time of day": [
        "Locked since 09:30:05 by another job",
        "Locked since 22:10 by another job",
    ],
    "date words": [
        "Licence ended on 2 March 2026",
        "Licence ended on 28 Nov 2026",
    ],
    "date slashes": [
        "'03/04/2026' is ambiguous",
        "'11/12/2025' is ambiguous",
    ],
    "font": [
        "The font 'Calibri Light' is not installed",
        "The font 'Arial' is not installed",
        "The font 'Noto Sans CJK' is not installed",
    ],
    "bad format": [
        "The tag 'day' asks for the format 'dd.mm', which is unknown.",
        "The tag 'order.day' asks for the format 'x y', which is unknown.",
    ],
    "not a number": [
        "The tag 'sum' has the value '12 a', which is no number; it stays as it is.",
        "The tag 'total' has the value 'twelve', which is no number; it stays as it is.",
    ],
    "loop stopped": [
        "The loop over 'lines' was stopped: one document may have 100000 turns.",
        "The loop over 'order.items' was stopped: one document may have 500 turns.",
    ],
    "division": [
        "The calculation 'a / b' has no result for this input data.",
        "The calculation 'total * 2' has no result for this input data.",
    ],
    "name in use": [
        "409 item_name_in_use: Item with the same name already exists",
        "409 item_name_in_use: Item with the same name already exists",
    ],
    "quota": [
        "403 storage_limit_exceeded: Account storage limit reached (request 0ab12cd34ef)",
        "403 storage_limit_exceeded: Account storage limit reached (request 77zk1q0x9a2)",
    ],
    "rows": [
        "Rows 3, 7 and 12 are empty",
        "Rows 4 are empty",
        "Rows 1, 2 are empty",
    ],
    "disk full": [
        "The disk is full.",
        "The  disk is\nfull.",
    ],
    "multi error": [
        "Multi error: unopened loop at offset 512 in word/document.xml",
        "Multi error: unopened loop at offset 8831 in word/footer2.xml",
    ],
    "unclosed tag": [
        'The tag beginning with "{customer.na" is unclosed',
        'The tag beginning with "{order" is unclosed',
        'The tag beginning with "{" is unclosed',
    ],
    "duplicate open": [
        'Duplicate open tag, expected one open tag near "cust"',
        'Duplicate open tag, expected one open tag near "ord"',
    ],
    "enoent": [
        "ENOENT: no such file or directory, open '/srv/templates/41/letter.docx'",
        "ENOENT: no such file or directory, open '/srv/templates/7/a b.docx'",
    ],
    "eacces": [
        "EACCES: permission denied, open '/srv/out/1.pdf'",
        "EACCES: permission denied, open '/srv/out/92/x.pdf'",
    ],
    "econnreset": [
        "read ECONNRESET",
        "read ECONNRESET",
    ],
    "econnrefused": [
        "connect ECONNREFUSED 127.0.0.1:3000",
        "connect ECONNREFUSED 10.8.0.4:5432",
    ],
    "undefined property": [
        "Cannot read properties of undefined (reading 'length')",
        "Cannot read properties of undefined (reading 'street')",
    ],
    "json position": [
        "Unexpected token < in JSON at position 0",
        "Unexpected token < in JSON at position 4312",
    ],
    "json end": [
        "Unexpected end of JSON input",
        "Unexpected end of JSON input",
    ],
    "key error": [
        "KeyError: 'invoiceNumber'",
        "KeyError: 'city'",
    ],
    "attribute error": [
        "AttributeError: 'NoneType' object has no attribute 'strip'",
        "AttributeError: 'NoneType' object has no attribute 'group'",
    ],
    "int conversion": [
        "ValueError: invalid literal for int() with base 10: '12,5'",
        "ValueError: invalid literal for int() with base 10: 'n/a'",
    ],
    "zip": [
        "zipfile.BadZipFile: File is not a zip file",
        "zipfile.BadZipFile: File is not a zip file",
    ],
    "oom killed": [
        "Container renderer-7d9f4b8c6-x2x9k was OOMKilled (limit 512Mi)",
        "Container renderer-5c8d9f7b44-abcde was OOMKilled (limit 1Gi)",
    ],
    "evicted": [
        "Pod docgen-worker-3 evicted: node ip-10-0-3-17 low on disk",
        "Pod docgen-worker-11 evicted: node ip-10-0-9-201 low on disk",
    ],
    "box forbidden": [
        "403 access_denied_insufficient_permissions: Access denied - insufficient permission",
        "403 access_denied_insufficient_permissions: Access denied - insufficient permission",
    ],
    "box not found": [
        "404 not_found: Not Found (folder 182736451)",
        "404 not_found: Not Found (folder 9)",
    ],
    "box trashed": [
        "404 trashed: Item is trashed (file 1827)",
        "404 trashed: Item is trashed (file 55501)",
    ],
    "box locked": [
        "The file 11223344 is locked by user ada.lovelace@corp.example",
        "The file 8 is locked by user bo@corp.example",
    ],
    "rate limit": [
        "Rate limit of 50 documents per minute exceeded; retry after 37 seconds",
        "Rate limit of 100 documents per minute exceeded; retry after 4 seconds",
    ],
    "quota again": [
        "Enterprise quota used up: 10,000 of 10,000 documents this month",
        "Enterprise quota used up: 250 of 250 documents this month",
    ],
    "image url": [
        "Could not fetch image https://cdn.example.com/logos/17.png (HTTP 404)",
        "Could not fetch image http://img.example.org/a?b=1 (HTTP 404)",
    ],
    "image url 403": [
        "Could not fetch image https://cdn.example.com/logos/17.png (HTTP 403)",
        "Could not fetch image https://x.example.com/y.jpg (HTTP 403)",
    ],
    "base64": [
        "customer.photo is not valid base64 (length 1023)",
        "signature.image is not valid base64 (length 77)",
    ],
    "date format": [
        "Could not parse date '31/02/2026' with format 'MM/DD/YYYY'",
        "Could not parse date 'tomorrow' with format 'DD.MM.YYYY'",
    ],
    "soffice crash": [
        "soffice.bin terminated by signal 11",
        "soffice.bin terminated by signal 11 ",
    ],
    "soffice killed": [
        "soffice.bin terminated by signal 9",
        "soffice.bin terminated by signal 9",
    ],
    "profile locked": [
        "User profile /tmp/lo_profile_4711 is locked by pid 388",
        "User profile /tmp/lo_profile_12 is locked by pid 90210",
    ],
    "pdf export": [
        "SfxBaseModel::impl_store <file:///tmp/a/out.pdf> failed: 0xc10(Error Area:Io Class:Write Code:16)",
        "SfxBaseModel::impl_store <file:///tmp/b9/x.pdf> failed: 0xc10(Error Area:Io Class:Write Code:16)",
    ],
    "pdf export read": [
        "SfxBaseModel::impl_store <file:///tmp/a/out.pdf> failed: 0x507(Error Area:Io Class:Parameter Code:7)",
        "SfxBaseModel::impl_store <file:///tmp/c/y.pdf> failed: 0x507(Error Area:Io Class:Parameter Code:7)",
    ],
    "missing field": [
        "Field invoiceDate is required",
        "Field customer_name is required",
        "Field total is required",
    ],
    "extra field": [
        "Unexpected field discountCode",
        "Unexpected field note",
    ],
    "template version": [
        "Template version v12 of contract-standard.docx was not found",
        "Template version v3 of nda.docx was not found",
    ],
    "tls": [
        "TLS handshake with hooks.customer.example timed out after 10s",
        "TLS handshake with 203.0.113.9 timed out after 30s",
    ],
    "cert": [
        "x509: certificate has expired or is not yet valid: current time 2026-11-28T10:00:00Z is after 2026-11-01T00:00:00Z",
        "x509: certificate has expired or is not yet valid: current time 2026-03-02T11:22:33Z is after 2026-01-31T23:59:59Z",
    ],
    "sql deadlock": [
        "ORA-00060: deadlock detected while waiting for resource",
        "ORA-00060: deadlock detected while waiting for resource",
    ],
    "sql unique": [
        "ORA-00001: unique constraint (DOCGEN.JOBS_PK) violated",
        "ORA-00001: unique constraint (DOCGEN.NAMES_UK) violated",
    ],
    "password": [
        "Document Contract_2026.docx is password protected",
        "Document hr letter.docx is password protected",
    ],
    "macro": [
        "Macros are not allowed: offer-17.docm",
        "Macros are not allowed: Form.docm",
    ],
    "nested": [
        "Nested loops deeper than 10 levels in a.b.c.d",
        "Nested loops deeper than 5 levels in order.items",
    ],
    "not generated": [
        "Document 3 of 40 could not be generated",
        "Document 17 of 22 could not be generated",
    ],
    "destination gone": [
        "Destination folder 260199283 no longer exists",
        "Destination folder 7 no longer exists",
    ],
    "destination full": [
        "Destination folder 260199283 holds too many items (15000)",
        "Destination folder 12 holds too many items (20001)",
    ],
    "condition": [
        "Condition {{if order.total > 100}} cannot be evaluated",
        "Condition {{if paid}} cannot be evaluated",
    ],
    "endif": [
        "{{endif}} without {{if}} in paragraph 12",
        "{{endif}} without {{if}} in paragraph 3",
    ],
    "unclosed if": [
        "{{if customer.vip}} is not closed (paragraph 7)",
        "{{if x}} is not closed (paragraph 107)",
    ],
    "table loop": [
        "Table loop over order.lines must be in one row",
        "Table loop over items.parts must be in one row",
    ],
    "read only tag": [
        "Tag 'page_number' is read-only",
        "Tag 'total_pages' is read-only",
    ],
    "string too long": [
        "Value of 'description' exceeds 32,767 characters",
        "Value of 'order.note' exceeds 10,000 characters",
    ],
    "payload": [
        "user_input is 143 KB; the limit is 100 KB",
        "user_input is 1.2 MB; the limit is 100 KB",
    ],
    "enum": [
        "Value 'purple' is not one of: red, green, blue",
        "Value 'teal' is not one of: red, green, blue",
    ],
    "schema required": [
        "$.customer.address: 'zip' is a required property",
        "$.order: 'id' is a required property",
    ],
    "schema type": [
        "$.order.total: '12' is not of type 'number'",
        "$.items[3].price: 'free' is not of type 'number'",
    ],
    "schema type str": [
        "$.order.id: 12 is not of type 'string'",
        "$.name: 4.5 is not of type 'string'",
    ],
    "jwt": [
        "JWT expired 17 minutes ago (kid 5f3a9c21)",
        "JWT expired 3 minutes ago (kid aabbccdd)",
    ],
    "clock": [
        "Clock skew of 312 s between host app01 and Box",
        "Clock skew of 75 s between host app-prod-2 and Box",
    ],
    "dns": [
        "getaddrinfo ENOTFOUND api.box.com",
        "getaddrinfo ENOTFOUND upload.app.box.com",
    ],
    "dns again": [
        "getaddrinfo EAI_AGAIN api.box.com",
        "getaddrinfo EAI_AGAIN dl.boxcloud.com",
    ],
    "grpc unavailable": [
        "14 UNAVAILABLE: upstream connect error",
        "14 UNAVAILABLE: upstream connect error",
    ],
    "grpc deadline": [
        "4 DEADLINE_EXCEEDED: Deadline exceeded after 59.99s",
        "4 DEADLINE_EXCEEDED: Deadline exceeded after 10.00s",
    ],
    "bad gateway": [
        "502 Bad Gateway (nginx/1.25.3)",
        "502 Bad Gateway (nginx/1.18.0)",
    ],
    "gateway timeout": [
        "504 Gateway Time-out (nginx/1.25.3)",
        "504 Gateway Time-out (nginx/1.18.0)",
    ],
    "status 413": [
        "Upload refused with status code 413 (12.4 MB)",
        "Upload refused with status code 413 (51 MB)",
    ],
    "status 415": [
        "Upload refused with status code 415 (12.4 MB)",
        "Upload refused with status code 415 (900 KB)",
    ],
    "s3": [
        "An error occurred (NoSuchKey) when calling the GetObject operation: templates/17/a.docx",
        "An error occurred (NoSuchKey) when calling the GetObject operation: templates/b.docx",
    ],
    "s3 denied": [
        "An error occurred (AccessDenied) when calling the GetObject operation: templates/17/a.docx",
        "An error occurred (AccessDenied) when calling the GetObject operation: x/y/z.docx",
    ],
    "virus": [
        "File Offer.docx is infected with Eicar-Test-Signature",
        "File a b c.docx is infected with Eicar-Test-Signature",
    ],
    "dotnet": [
        "System.IO.FileNotFoundException: Could not find file 'C:\\inetpub\\tpl\\a.docx'.",
        "System.IO.FileNotFoundException: Could not find file 'D:\\x\\b c.docx'.",
    ],
    "dotnet io": [
        "System.IO.IOException: The process cannot access the file 'C:\\t\\1.docx' because it is being used by another process.",
        "System.IO.IOException: The process cannot access the file 'C:\\t\\99.docx' because it is being used by another process.",
    ],
    "com": [
        "Retrieving the COM class factory failed due to the following error: 80040154 Class not registered",
        "Retrieving the COM class factory failed due to the following error: 80040154 Class not registered",
    ],
    "com busy": [
        "Call was rejected by callee. (Exception from HRESULT: 0x80010001)",
        "Call was rejected by callee. (Exception from HRESULT: 0x80010001)",
    ],
    "stack": [
        "java.lang.StackOverflowError: null",
        "java.lang.StackOverflowError: null",
    ],
    "heap": [
        "java.lang.OutOfMemoryError: Java heap space",
        "java.lang.OutOfMemoryError: Java heap space",
    ],
    "gc": [
        "java.lang.OutOfMemoryError: GC overhead limit exceeded",
        "java.lang.OutOfMemoryError: GC overhead limit exceeded",
    ],
    "cannot cast": [
        "java.lang.ClassCastException: class java.lang.String cannot be cast to class java.util.List",
        "java.lang.ClassCastException: class java.lang.String cannot be cast to class java.util.List",
    ],
    "pages": [
        "The document has 1,204 pages; at most 500 can be converted",
        "The document has 733 pages; at most 500 can be converted",
    ],
    "merge cell": [
        "Merged cells in table 4, row 2 cannot be repeated",
        "Merged cells in table 1, row 11 cannot be repeated",
    ],
    "image tag": [
        "Image tag customer.logo needs a URL or base64",
        "Image tag signature needs a URL or base64",
    ],
    "retries": [
        "Gave up after 5 attempts in 31.2 s: read ETIMEDOUT",
        "Gave up after 3 attempts in 7 s: read ETIMEDOUT",
    ],
    "retries reset": [
        "Gave up after 5 attempts in 31.2 s: read ECONNRESET",
        "Gave up after 4 attempts in 12 s: read ECONNRESET",
    ],
    "cancelled": [
        "Cancelled by ada@corp.example on 28 November 2026 at 14:05",
        "Cancelled by bo@corp.example on 3 January 2026 at 9:00",
    ],
    "app": [
        "App 1847261 is not authorized for this enterprise",
        "App 22 is not authorized for this enterprise",
    ],
    "collab": [
        "User 284 is not a collaborator of folder Contracts 2026",
        "User 99 is not a collaborator of folder HR",
    ],
    "locale": [
        "Unknown locale 'xx_YY'",
        "Unknown locale 'klingon'",
    ],
    "checksum": [
        "SHA-1 mismatch: expected da39a3ee5e6b4b0d3255bfef95601890afd80709, got 356a192b7913b04c54574d18c28d46e6395428ab",
        "SHA-1 mismatch: expected 0a0a9f2a6772942557ab5355d76af442f8f65e01, got ffffffffffffffffffffffffffffffffffffffff",
    ],
    "sha256": [
        "SHA-256 mismatch: expected e3b0c44298fc1c149afbf4c8996fb924, got 27ae41e4649b934ca495991b7852b855",
        "SHA-256 mismatch: expected aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, got bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
    ],
    "worker": [
        "Worker #4 (pid 2231) stopped answering",
        "Worker #12 (pid 7) stopped answering",
    ],
    "maintenance": [
        "Down for maintenance until Sun, 29 Nov 2026 06:00:00 GMT",
        "Down for maintenance until Sat, 7 Mar 2026 04:30:00 GMT",
    ],
}

# Of other reasons, written before the rules were read; 7 of these were split, 1 merged, at first.
MORE = {
    "tag not provided": [
        "The tag 'customer.firstName' was not provided in the input data.",
        "The tag 'order.items[3].unit_price' was not provided in the input data.",
        "The tag 'TOTAL' was not provided in the input data.",
    ],
    "tag has a wrong type": [
        "The tag 'invoice.lines' expected an array but received an object.",
        "The tag 'order.positions' expected an array but received an object.",
    ],
    "tag has a wrong type, other types": [
        "The tag 'invoice.total' expected a number but received a string.",
        "The tag 'tax' expected a number but received a string.",
    ],
    "date format": [
        'Could not parse date "31.02.2026" with format "yyyy-MM-dd" in tag signing_date',
        'Could not parse date "2026/13/01" with format "yyyy-MM-dd" in tag delivery.date',
        'Could not parse date "tomorrow" with format "dd MMM yyyy" in tag due',
    ],
    "image cannot be fetched, 404": [
        "Image for tag logo could not be downloaded from https://cdn.example.com/a/logo.png: HTTP 404 Not Found",
        "Image for tag customer.photo could not be downloaded from https://img.acme.org/people/77.jpg?size=large: HTTP 404 Not Found",
    ],
    "image cannot be fetched, 403": [
        "Image for tag logo could not be downloaded from https://cdn.example.com/b/logo.png: HTTP 403 Forbidden",
        "Image for tag stamp could not be downloaded from http://10.2.3.4:8080/stamp.gif: HTTP 403 Forbidden",
    ],
    "image too large": [
        "Image 'header.png' is 12.4 MB; the limit is 10 MB",
        "Image 'team photo (1).jpeg' is 48 MB; the limit is 10 MB",
        "Image 'x.bmp' is 10,512 KB; the limit is 10 MB",
    ],
    "image format": [
        "Unsupported image format image/webp in field avatar",
        "Unsupported image format image/webp in field product.picture",
    ],
    "image format, another one": [
        "Unsupported image format image/tiff in field avatar",
        "Unsupported image format image/tiff in field scan2",
    ],
    "template damaged": [
        "Template file 1734529871234 (Offer letter v3.docx) is not a valid Word document: end of central directory not found",
        "Template file 1812345678901 (nda_2026-01-01.docx) is not a valid Word document: end of central directory not found",
    ],
    "template protected": [
        "Template file 1734529871234 is password protected",
        "Template file 99812 is password protected",
    ],
    "no upload permission": [
        "User 17283746 (anna.meyer@example.com) lacks permission 'can_upload' on folder 283746551",
        "User 99 (bot+docgen@corp.io) lacks permission 'can_upload' on folder 0",
    ],
    "no download permission": [
        "User 17283746 (anna.meyer@example.com) lacks permission 'can_download' on folder 283746551",
        "User 4455667788 (li.wei@example.cn) lacks permission 'can_download' on folder 112233",
    ],
    "name in use": [
        'An item named "Invoice 2026-0017.pdf" already exists in folder 28376 (item_name_in_use)',
        'An item named "Contract - O\'Neill & Sons.pdf" already exists in folder 1 (item_name_in_use)',
        'An item named "résumé.docx" already exists in folder 777123 (item_name_in_use)',
    ],
    "name too long": [
        "File name is 312 characters long, the maximum is 255",
        "File name is 256 characters long, the maximum is 255",
    ],
    "storage full": [
        "Storage limit exceeded: 10.0 GB of 10 GB used by user 1234567",
        "Storage limit exceeded: 1,024.7 GB of 1 TB used by user 998",
    ],
    "conversion timed out": [
        "PDF conversion timed out after 60s (page 14 of 120)",
        "PDF conversion timed out after 120s (page 1 of 3)",
        "PDF conversion timed out after 1m30s (page 200 of 1500)",
    ],
    "conversion crashed, segmentation fault": [
        "PDF conversion failed: soffice exited with signal 11 (SIGSEGV) after 3.2 s, pid 28371",
        "PDF conversion failed: soffice exited with signal 11 (SIGSEGV) after 41 s, pid 7",
    ],
    "conversion killed": [
        "PDF conversion failed: soffice exited with signal 9 (SIGKILL) after 55.0 s, pid 991",
        "PDF conversion failed: soffice exited with signal 9 (SIGKILL) after 812 ms, pid 10023",
    ],
    "conversion exit code": [
        "PDF conversion failed: soffice exited with code 77",
    ],
    "rate limited": [
        "Request to POST /2.0/files/content was refused: status=429, retry after 12 seconds (request id 8f2kq1hd93kd0a)",
        "Request to POST /2.0/files/content was refused: status=429, retry after 1 second (request id zz81hh27a0sj2k)",
    ],
    "server busy": [
        "Request to POST /2.0/files/content was refused: status=503, retry after 30 seconds (request id 0a8d7f6e5c4b3a)",
        "Request to POST /2.0/files/content was refused: status=503, retry after 5 seconds (request id k2k3k4k5k6k7k8)",
    ],
    "bad gateway": [
        "502 Bad Gateway from upstream render-17.eu-west.internal:9443",
        "502 Bad Gateway from upstream render-3.us-east.internal:9443",
    ],
    "gateway timeout": [
        "504 Gateway Timeout from upstream render-17.eu-west.internal:9443",
        "504 Gateway Timeout from upstream render-8.ap-south.internal:9443",
    ],
    "division by zero": [
        "Expression {{ total / count }} in paragraph 14: division by zero",
        "Expression {{ (a+b)/(c-d) }} in paragraph 2: division by zero",
        "Expression {{ sum / 0 }} in paragraph 103: division by zero",
    ],
    "unknown function": [
        "Expression {{ formatPhone(x) }} in paragraph 14: unknown function",
        "Expression {{ upper(name }} in paragraph 7: unknown function",
    ],
    "unclosed loop": [
        "Block {{#each items}} opened at line 12, column 5 is never closed",
        "Block {{#each order.lines}} opened at line 240, column 17 is never closed",
        "Block {{#each x}} opened at line 1, column 1 is never closed",
    ],
    "missing keys": [
        "Missing required keys: [name, street, zip]",
        "Missing required keys: [zip, name]",
        "Missing required keys: [iban]",
    ],
    "out of memory": [
        "java.lang.OutOfMemoryError: Java heap space (used 2047 MiB of 2048 MiB)",
        "java.lang.OutOfMemoryError: Java heap space (used 511 MiB of 512 MiB)",
    ],
    "null pointer": [
        'java.lang.NullPointerException: Cannot invoke "String.length()" because "value" is null at com.box.docgen.Render.run(Render.java:118)',
        'java.lang.NullPointerException: Cannot invoke "String.length()" because "value" is null at com.box.docgen.Render.run(Render.java:97)',
    ],
    "payload too large": [
        "user_input has 131072 bytes, which is more than the 102400 bytes allowed",
        "user_input has 102,401 bytes, which is more than the 102400 bytes allowed",
    ],
    "broken JSON": [
        "Invalid JSON in user_input: Unexpected token } at position 1843",
        "Invalid JSON in user_input: Unexpected token } at position 7",
    ],
    "broken JSON, early end": [
        "Invalid JSON in user_input: Unexpected end of input at position 1843",
        "Invalid JSON in user_input: Unexpected end of input at position 55",
    ],
    "token expired": [
        "Access token expired at 2026-03-31T23:59:59Z",
        "Access token expired at 2026-04-01T07:00:00-07:00",
        "Access token expired at Wed, 01 Apr 2026 07:00:00 GMT",
    ],
    "font missing": [
        "Font Helvetica Neue Light is not installed; page 3 cannot be laid out",
        "Font Calibri is not installed; page 12 cannot be laid out",
        "Font Source Sans 3 is not installed; page 1 cannot be laid out",
    ],
    "lost connection": [
        "Connection reset by peer [Errno 104] while sending chunk 7/12 to 2001:db8::17",
        "Connection reset by peer [Errno 104] while sending chunk 1/3 to 192.168.10.5",
    ],
    "connection refused": [
        "Connection refused [Errno 111] while sending chunk 1/3 to 192.168.10.5",
        "Connection refused [Errno 111] while sending chunk 2/9 to fe80::1",
    ],
    "virus found": [
        "Upload blocked: malware Eicar-Test-Signature detected in file 1763548211 (sha1 3395856ce81f2b7382dee72602f798b642f14140)",
        "Upload blocked: malware Eicar-Test-Signature detected in file 88 (sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709)",
    ],
    "template deleted": [
        "Template a3f1c9d2-7b60-4a7e-9d2e-3b0a5f6c7d8e was deleted by user 11223 on 2026-02-28",
        "Template 0c4b2f11-52f0-4b7b-8d7d-9a1e2f3b4c5d was deleted by user 5 on 2025-12-24",
    ],
    "version not found": [
        "Version 1887766 of file 1734529871234 not found (it has 14 versions)",
        "Version 2 of file 55 not found (it has 1 version)",
    ],
}
