'use strict';

// The package's entry. The build copies it into dist, next to the compiled classes that n8n loads by itself.
const { RunComfy } = require('./nodes/RunComfy/RunComfy.node.js');
const { RunComfyApi } = require('./credentials/RunComfyApi.credentials.js');

module.exports = { RunComfy, RunComfyApi };
