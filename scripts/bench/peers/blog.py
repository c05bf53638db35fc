"""The design that is commonly published: FastAPI, a joblib file, one synchronous handler."""

import os

import joblib
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = joblib.load(os.environ["MODEL_FILE"])


class PredictionRequest(BaseModel):
    features: list[float]


@app.get("/ping")
def ping():
    return {"status": "healthy"}


@app.post("/invocations")
def invocations(request: PredictionRequest):
    features = np.array(request.features).reshape(1, -1)
    prediction = model.predict(features)
    return {"prediction": prediction.tolist()}
