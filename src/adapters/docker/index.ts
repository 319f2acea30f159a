/**
 * The engine, over dockerode: translates types and errors, follows its events, and caches its answers until an event or
 * a change of our own makes them stale. Owns the connection. Decides nothing. No other code talks to the engine.
 */
export { DockerContainerFiles } from './docker-container-files.ts';
export { DockerContainerLogs } from './docker-container-logs.ts';
export { DockerEngine } from './docker-engine.ts';
export { DockerInventory } from './docker-inventory.ts';
export { DockerImageArchives } from './docker-image-archives.ts';
export { readEngineFacts } from './read-engine-facts.ts';
