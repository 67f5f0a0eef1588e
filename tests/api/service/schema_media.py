"""Hook of schemathesis: uploads are drawn as bytes."""

import schemathesis

from api.uploads import MEDIA, ONE_TABLE

for media in (*MEDIA, *ONE_TABLE):
    schemathesis.serializer.alias(media, "application/octet-stream")
