"""Expands SAM templates as AWS does: reads [{"name", "text"}] from stdin, writes {name: template | {"error"}} to stdout.

Runs in the virtual environment that bin/template/python-tools.ts makes; needs neither an account nor the network.
"""

import json
import sys

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse


class Session:
    """Stands for boto3's session: the translator asks it for the region only."""

    region_name = "us-west-2"


def expand(text):
    template = yaml_parse(text)
    # A local folder is no S3 address; `sam build` and `sam deploy` put one here.
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/" + resource["Properties"]["CodeUri"]
    try:
        return Translator({}, Parser(), boto_session=Session()).translate(template, {})
    except InvalidDocumentException as error:
        return {"error": "; ".join(cause.message for cause in error.causes) or error.message}


json.dump({each["name"]: expand(each["text"]) for each in json.load(sys.stdin)}, sys.stdout)
