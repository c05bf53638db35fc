"""FastAPI with onnxruntime, tuned: an async handler, one thread for each run, no response model."""

import os

import numpy as np
import onnxruntime
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pydantic import BaseModel

app = FastAPI()
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["MODEL_FILE"], options, providers=["CPUExecutionProvider"])
inputs = session.get_inputs()[0]
shape = [1] + inputs.shape[1:]
outputs = [session.get_outputs()[0].name]
run = session.run


class PredictionRequest(BaseModel):
    features: list[float]


@app.get("/ping")
async def ping():
    return {"status": "healthy"}


@app.post("/invocations", response_class=JSONResponse, response_model=None)
async def invocations(request: PredictionRequest):
    features = np.array(request.features, dtype=np.float32).reshape(shape)
    return JSONResponse({"prediction": run(outputs, {inputs.name: features})[0].tolist()})
