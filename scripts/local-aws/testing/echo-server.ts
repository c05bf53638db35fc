import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The model server of the example, for test images. */
export const ECHO_SERVER = readFileSync(join(import.meta.dirname, '../examples/echo-server/server.mjs'), 'utf8');
