import type { Codec } from './codec.ts';
import { csv } from './csv.ts';
import { json } from './json.ts';
import { jsonlines } from './jsonlines.ts';
import { npy } from './npy.ts';
import { npz } from './npz.ts';
import { v2Binary } from './v2-binary.ts';

/** All formats. Accept ranges such as `text/*` choose the first one that matches. */
export const codecs: readonly Codec[] = [json, jsonlines, csv, npy, npz, v2Binary];
