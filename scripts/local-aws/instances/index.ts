export { parseImageConfig } from './image-source.ts';
export { buildProcessCommand } from './process-command.ts';
export { unpackLayers } from './unpack-layers.ts';
