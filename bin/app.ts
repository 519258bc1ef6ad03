import { App, Stack, Validations } from 'aws-cdk-lib';
import { ConfigurationError, loadConfiguration } from '../lib/configuration.ts';

// What `cdk deploy` runs. `cdk deploy -c config=other.yaml` reads another file, and `-c stack=Other`
// makes a second stack of it beside the first.
// Only a good configuration is synthesized: by itself the app would write an empty assembly at exit.
const app = new App({ analyticsReporting: false, autoSynth: false });
const file = String(app.node.tryGetContext('config') ?? 'holdback.yaml');
const stackName = String(app.node.tryGetContext('stack') ?? 'Holdback');

try {
  const settings = loadConfiguration(file);
  // Only now: they take longer to load than a mistake in the configuration takes to find.
  const { AwsSolutionsChecks } = await import('cdk-nag');
  const { Holdback } = await import('../lib/holdback.ts');
  const stack = new Stack(app, stackName, {
    description: 'Holdback: failover of OPNsense pairs on AWS Site-to-Site VPN',
  });
  new Holdback(stack, 'Holdback', settings);
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
