export { createClients, createRelease, createRepository, pushEchoImage } from './fixtures.ts';
export { startMoto, type Moto, type MotoCall } from './moto.ts';
