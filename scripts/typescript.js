import process from 'node:process';

// Preloaded by every script. Newer releases of Node run TypeScript as it is, which starts a command twice as fast as tsx.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 3)) await import('tsx');
