"""Checks a manifest strictly against the schemas of Kubernetes, and prints it as JSON, one document a line."""
import json
import sys

import kubernetes_validate
import yaml

for document in yaml.safe_load_all(sys.stdin):
    version = sys.argv[1] if len(sys.argv) > 1 else kubernetes_validate.latest_version()
    kubernetes_validate.validate(document, version, strict=True)
    print(json.dumps(document))
