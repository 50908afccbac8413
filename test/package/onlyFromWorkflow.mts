/** Runs before `npm publish`: a version that was published by hand has no provenance, so n8n would never verify it. */
if (process.env.GITHUB_ACTIONS !== 'true') {
	process.stderr.write('Only the workflow publishes: push the tag of the version (CONTRIBUTING.md, Releasing).\n');
	process.exitCode = 1;
}
