"""Makes the models that scikit-learn serves: prepare.py linear WEIGHTS.json OUT.joblib | trees OUT.joblib OUT.json"""

import json
import sys

import joblib
import numpy as np


def linear(weights_file, model_file):
    from sklearn.linear_model import LinearRegression

    with open(weights_file) as source:
        fitted = json.load(source)
    model = LinearRegression()
    model.coef_ = np.array(fitted["weights"])
    model.intercept_ = fitted["intercept"]
    model.n_features_in_ = len(fitted["weights"])
    joblib.dump(model, model_file)


def trees(model_file, dump_file):
    from sklearn.ensemble import GradientBoostingRegressor

    random = np.random.default_rng(7)
    rows = random.normal(size=(2000, 30))
    targets = rows[:, 0] * rows[:, 1] + np.sin(3 * rows[:, 2]) + rows[:, 3:].sum(axis=1) / 10
    model = GradientBoostingRegressor(n_estimators=100, max_depth=4, random_state=7).fit(rows, targets)
    joblib.dump(model, model_file)
    ensemble = [
        {
            "feature": tree.tree_.feature.tolist(),
            "threshold": tree.tree_.threshold.tolist(),
            "left": tree.tree_.children_left.tolist(),
            "right": tree.tree_.children_right.tolist(),
            "value": (tree.tree_.value[:, 0, 0] * model.learning_rate).tolist(),
        }
        for tree in model.estimators_[:, 0]
    ]
    samples = random.normal(size=(32, 30)).round(4)
    answers = model.predict(samples.astype(np.float32)).tolist()
    with open(dump_file, "w") as out:
        json.dump(
            {"trees": ensemble, "base": float(model.init_.constant_[0, 0]), "samples": samples.tolist(), "answers": answers},
            out,
        )


{"linear": linear, "trees": trees}[sys.argv[1]](*sys.argv[2:])
