/** How a model of another format becomes ONNX. */
export interface OtherFormat {
  /** What the file is, such as `a pickle of scikit-learn`. */
  readonly found: string;
  /** What to do, as sentences with commands in backticks. */
  readonly remedy: string;
}

const SKLEARN =
  '`pip install skl2onnx`, then in Python: `from skl2onnx import to_onnx; onnx = to_onnx(model, X[:1], options={"zipmap": False})`, and `open("model.onnx", "wb").write(onnx.SerializeToString())`; X is the data that it was trained on.';
const LIGHTGBM =
  '`pip install onnxmltools lightgbm`, then in Python: `from onnxmltools import convert_lightgbm; from onnxmltools.convert.common.data_types import FloatTensorType`, `onnx = convert_lightgbm(booster, initial_types=[("features", FloatTensorType([None, booster.num_feature()]))], zipmap=False)`, and `open("model.onnx", "wb").write(onnx.SerializeToString())`; `lightgbm.Booster(model_file=…)` reads a text file.';
const XGBOOST =
  '`pip install onnxmltools xgboost`, then in Python: `from onnxmltools import convert_xgboost; from onnxmltools.convert.common.data_types import FloatTensorType`, `onnx = convert_xgboost(booster, initial_types=[("features", FloatTensorType([None, booster.num_features()]))])`, and `open("model.onnx", "wb").write(onnx.SerializeToString())`; `xgboost.Booster(model_file=…)` reads JSON and UBJSON.';
const CATBOOST =
  'In Python: `model.save_model("model.onnx", format="onnx")`; CatBoost writes it without further packages.';
const PYTORCH =
  'In Python, with the module in memory: `model.eval(); torch.onnx.export(model, (example,), "model.onnx", input_names=["features"], output_names=["scores"], dynamic_axes={"features": {0: "batch"}, "scores": {0: "batch"}})`; example is one batch of inputs. A file of weights alone (a state_dict) has to be loaded into its module first.';
const TENSORFLOW =
  '`pip install tf2onnx`, then `python -m tf2onnx.convert --saved-model DIRECTORY --opset 17 --output model.onnx`.';
const KERAS =
  '`pip install tf2onnx`, then in Python: `keras.models.load_model(FILE).export("saved")`, and `python -m tf2onnx.convert --saved-model saved --opset 17 --output model.onnx`.';
const TFLITE = '`pip install tf2onnx`, then `python -m tf2onnx.convert --tflite FILE --opset 17 --output model.onnx`.';
const TRANSFORMERS =
  '`pip install "optimum[onnxruntime]"`, then `optimum-cli export onnx --model DIRECTORY exported/`.';
const UNPACK = 'Unpack it (`tar -xf FILE`), and give the model that is in it.';
const LFS = 'Run `git lfs pull`, and give the file again.';
const ORT = 'Give the .onnx file that it was converted from: the format .ort is bound to a version of ONNX Runtime.';

/** Libraries by the names of their modules, which a pickle holds as text; the first that is found made the model. */
const MADE_BY: readonly (readonly [module: string, library: string, remedy: string])[] = [
  ['lightgbm', 'LightGBM', LIGHTGBM],
  ['xgboost', 'XGBoost', XGBOOST],
  ['catboost', 'CatBoost', CATBOOST],
  ['torch', 'PyTorch', PYTORCH],
  ['keras', 'Keras', KERAS],
  ['tensorflow', 'TensorFlow', TENSORFLOW],
  ['sklearn', 'scikit-learn', SKLEARN],
];

const UNKNOWN_PICKLE = `Export it with the library that made it. scikit-learn: ${SKLEARN}`;

/**
 * The format of a file that is no ONNX model, by its first bytes and its name; undefined where it may be one.
 *
 * @param start the first bytes of the file, 64 KiB at most
 */
export function otherFormat(name: string, start: Buffer): OtherFormat | undefined {
  const text = start.toString('latin1');
  const begins = (...bytes: readonly number[]): boolean => start.subarray(0, bytes.length).equals(Buffer.from(bytes));
  if (text.startsWith('version https://git-lfs.github.com/spec/')) {
    return { found: 'a pointer of Git LFS', remedy: LFS };
  }
  if (begins(0x89, 0x48, 0x44, 0x46)) return { found: 'an HDF5 file, as Keras writes it', remedy: KERAS };
  if (text.startsWith('PK\x03\x04')) return zipFormat(name, text);
  if (text.startsWith('tree\nversion=')) return { found: 'a text file of LightGBM', remedy: LIGHTGBM };
  if (/^[{\x5b]/.test(text) && text.includes('learner')) return { found: 'a model of XGBoost', remedy: XGBOOST };
  if (text.startsWith('CBM1')) return { found: 'a model of CatBoost', remedy: CATBOOST };
  if (text.slice(4, 8) === 'TFL3') return { found: 'a model of TensorFlow Lite', remedy: TFLITE };
  if (text.slice(4, 8) === 'ORTM') return { found: 'a model in the format of ONNX Runtime (.ort)', remedy: ORT };
  if (text.startsWith('GGUF')) return { found: 'a GGUF file', remedy: TRANSFORMERS };
  if (/^[\0-\xff]{6}\0\0\{"/.test(text)) return { found: 'a file of safetensors', remedy: TRANSFORMERS };
  if (name.endsWith('.pb')) return { found: 'a SavedModel of TensorFlow', remedy: TENSORFLOW };
  // Protocols 2 to 5 of pickle; joblib writes the same.
  if (begins(0x80) && [2, 3, 4, 5].includes(start[1] ?? 0)) return pickleFormat(text);
  if (/\.(?:tar|tgz|tar\.gz)$/.test(name)) return { found: 'an archive', remedy: UNPACK };
  if (/\.(?:joblib|pkl|pickle)(?:\.(?:gz|z|bz2|xz|lzma|lz4))?$/.test(name)) {
    return { found: 'a compressed or text pickle', remedy: UNKNOWN_PICKLE };
  }
  return undefined;
}

function zipFormat(name: string, text: string): OtherFormat {
  if (name.endsWith('.keras') || text.includes('model.weights.h5')) return { found: 'a model of Keras', remedy: KERAS };
  if (name.endsWith('.npz')) return { found: 'arrays of NumPy, not a model', remedy: 'Give the model itself.' };
  return { found: 'a file of PyTorch', remedy: PYTORCH };
}

function pickleFormat(text: string): OtherFormat {
  const known = MADE_BY.find(([module]) => text.includes(module));
  if (known === undefined) return { found: 'a pickle', remedy: UNKNOWN_PICKLE };
  return { found: `a pickle of ${known[1]}`, remedy: known[2] };
}
