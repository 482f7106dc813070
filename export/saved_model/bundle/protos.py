"""The few protobuf messages of tensorflow-serving-api that an export needs, without that package.

Only the fields in use are declared, with their original names and numbers. A tensor is declared as
bytes, since a nested message is encoded as its bytes. The package is pinned to one TensorFlow
version, and only clients of the gRPC API should need it.
"""

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, text_format

_FILE = """
name: "seqzoo/tf_serving.proto"
package: "seqzoo.tf_serving"
syntax: "proto3"
message_type {
  name: "PredictionLog"
  field { name: "predict_log" number: 6 label: LABEL_OPTIONAL
          type: TYPE_MESSAGE type_name: "PredictLog" }
}
message_type {
  name: "PredictLog"
  field { name: "request" number: 1 label: LABEL_OPTIONAL
          type: TYPE_MESSAGE type_name: "PredictRequest" }
}
message_type {
  name: "PredictRequest"
  field { name: "model_spec" number: 1 label: LABEL_OPTIONAL
          type: TYPE_MESSAGE type_name: "ModelSpec" }
  field { name: "inputs" number: 2 label: LABEL_REPEATED
          type: TYPE_MESSAGE type_name: "Input" }
}
message_type {
  name: "ModelSpec"
  field { name: "name" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
  field { name: "signature_name" number: 3 label: LABEL_OPTIONAL type: TYPE_STRING }
}
message_type {
  name: "Input"
  field { name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
  field { name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_BYTES }
}
message_type {
  name: "ModelServerConfig"
  field { name: "model_config_list" number: 1 label: LABEL_OPTIONAL
          type: TYPE_MESSAGE type_name: "ModelConfigList" }
}
message_type {
  name: "ModelConfigList"
  field { name: "config" number: 1 label: LABEL_REPEATED
          type: TYPE_MESSAGE type_name: "ModelConfig" }
}
message_type {
  name: "ModelConfig"
  field { name: "name" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
}
"""


def _message_class(name):
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"seqzoo.tf_serving.{name}"))


_POOL = descriptor_pool.DescriptorPool()
_POOL.Add(text_format.Parse(_FILE, descriptor_pb2.FileDescriptorProto()))

PredictionLog = _message_class("PredictionLog")
"""A request in the format in which TF Serving logs it, and replays it for warm-up."""

ModelServerConfig = _message_class("ModelServerConfig")
"""The names of the models in a `models.config`."""
