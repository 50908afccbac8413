/** The package's entry, for whoever requires it by its name. n8n loads the two classes from the files package.json lists. */
export { RunComfyApi } from './credentials/RunComfyApi.credentials';
export { RunComfy } from './nodes/RunComfy/RunComfy.node';
