from seqzoo.serving.app import create_app as create_app
from seqzoo.serving.limits import Limits as Limits
from seqzoo.serving.served_models import load_models as load_models
from seqzoo.serving.server import serve as serve
