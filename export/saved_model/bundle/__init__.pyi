from seqzoo.export.saved_model.bundle.client import ServingClient as ServingClient
from seqzoo.export.saved_model.bundle.client import ServingError as ServingError
from seqzoo.export.saved_model.bundle.writer import write_bundle as write_bundle
