"""Docker Compose and Kubernetes files for TF Serving's official image."""

from string import Template

import tensorflow as tf

from seqzoo.export.saved_model.bundle.server_config import METRICS_PATH, MODELS_FOLDER

FLAGS = (
    "--port=8500",
    "--rest_api_port=8501",
    f"--model_config_file={MODELS_FOLDER}/serving/models.config",
    "--model_config_file_poll_wait_seconds=10",
    "--allow_version_labels_for_unavailable_models=true",
    "--enable_batching=true",
    "--enable_per_model_batching_parameters=true",
    f"--batching_parameters_file={MODELS_FOLDER}/serving/batching.config",
    f"--monitoring_config_file={MODELS_FOLDER}/serving/monitoring.config",
)
"""The flags of tensorflow_model_server.

A server that starts with version labels in its configuration needs the flag that allows labels
of versions that are not loaded yet.
"""

_COMPOSE = Template("""\
# Serves every model of models.config: `docker compose up --detach --wait`, in this folder.
services:
  tf-serving:
    # A server older than the TensorFlow of the export may lack operations.
    image: $image
    platform: linux/amd64
    entrypoint: [tensorflow_model_server]
    command:
$flags
    ports:
      # gRPC and REST, for this machine only: by default TF Serving has no authentication and no
      # encryption. Others should reach it through a proxy that has both.
      - "127.0.0.1:8500:8500"
      - "127.0.0.1:8501:8501"
    volumes:
      # The whole folder: the server would not see that a file mounted alone is replaced.
      - type: bind
        source: ..
        target: $models
        read_only: true
    restart: unless-stopped
    healthcheck:
      # The image has no curl. The ports open when all models are loaded.
      test:
        - CMD
        - bash
        - -c
        - >-
          exec 3<>/dev/tcp/127.0.0.1/8501
          && printf '%s\\r\\n' 'GET /v1/models/$model HTTP/1.1' 'Host: localhost'
          'Connection: close' '' >&3
          && grep -q '"AVAILABLE"' <&3
      interval: 10s
      timeout: 5s
      retries: 3
      start_period: 120s
""")

_KUBERNETES = Template("""\
# Serves every model of models.config: `kubectl apply -f kubernetes.yaml`. The volume claim
# `models` must hold the folder that this folder is in.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: tf-serving
  labels: {app: tf-serving}
spec:
  replicas: 2
  selector:
    matchLabels: {app: tf-serving}
  strategy:
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
  template:
    metadata:
      labels: {app: tf-serving}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "8501"
        prometheus.io/path: $metrics
    spec:
      # There is no image for other processors.
      nodeSelector: {kubernetes.io/arch: amd64}
      containers:
        - name: tf-serving
          # A server older than the TensorFlow of the export may lack operations.
          image: $image
          command: [tensorflow_model_server]
          args:
$flags
            # As many threads as there are CPUs below; TensorFlow would count those of the node.
            - --tensorflow_intra_op_parallelism=2
            - --tensorflow_inter_op_parallelism=2
          ports:
            - {name: grpc, containerPort: 8500}
            - {name: rest, containerPort: 8501}
          # The ports open when all models are loaded: five minutes for that.
          startupProbe:
            httpGet: {path: /v1/models/$model, port: rest}
            periodSeconds: 5
            failureThreshold: 60
          readinessProbe:
            httpGet: {path: /v1/models/$model, port: rest}
            periodSeconds: 5
          # Not the model's path: a removed model is no reason to restart.
          livenessProbe:
            tcpSocket: {port: grpc}
            periodSeconds: 10
          lifecycle:
            # Requests still arrive until the service has removed the pod.
            preStop:
              exec: {command: [sleep, "10"]}
          resources:
            # Two of the largest requests at once: transparent pictures of 80 million pixels take
            # 1.5 GB each. Add twice the size of the models: old and new version are both loaded
            # during an update.
            requests: {cpu: "2", memory: 1Gi}
            limits: {memory: 4Gi}
          securityContext:
            allowPrivilegeEscalation: false
          volumeMounts:
            - {name: models, mountPath: $models, readOnly: true}
      volumes:
        - name: models
          persistentVolumeClaim: {claimName: models, readOnly: true}
---
# One gRPC connection stays with one pod; a client that balances its calls needs a headless service
# or a proxy.
apiVersion: v1
kind: Service
metadata:
  name: tf-serving
  labels: {app: tf-serving}
spec:
  selector: {app: tf-serving}
  ports:
    - {name: grpc, port: 8500, targetPort: grpc}
    - {name: rest, port: 8501, targetPort: rest}
""")


def image() -> str:
    """Returns the official image for the installed TensorFlow: same minor version, first patch."""
    major, minor, *_ = tf.__version__.split(".")
    return f"tensorflow/serving:{major}.{minor}.0"


def docker_compose(model: str) -> str:
    """Returns a Docker Compose file.

    Args:
        model: The model whose status is the health check of the server.
    """
    return _filled(_COMPOSE, model, indent=6)


def kubernetes(model: str) -> str:
    """Returns a Kubernetes Deployment and Service.

    Args:
        model: The model whose status is the readiness check of a pod.
    """
    return _filled(_KUBERNETES, model, indent=12)


def _filled(template, model, indent):
    return template.substitute(
        image=image(),
        model=model,
        models=MODELS_FOLDER,
        metrics=METRICS_PATH,
        flags="\n".join(f"{' ' * indent}- {flag}" for flag in FLAGS),
    )
