import { createServer } from 'node:http';

/** The least that answers /ping: what starting Node costs. */
createServer((_, response) => response.end('ok')).listen(Number(process.env['PORT']), '127.0.0.1');
