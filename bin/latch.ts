import { Command, Option } from 'commander';
import { ConfigurationError, loadConfiguration } from '../lib/configuration.ts';
import { FIREWALL_SCRIPTS, installParameters } from '../lib/scripts.ts';

// For firewalls without an SSM agent: prints the install script for a firewall's root shell.
const program = new Command('npm run --silent latch --')
  .description(
    'Prints the script that installs, updates or removes the latch, to be piped to a root shell of the firewall\n' +
      '(a standby gets no latch; only what keeps the registration of an SSM agent over reboots):\n' +
      '  npm run --silent latch -- install fw-a | ssh root@fw-a sh',
  )
  .argument('<action>', 'install, update, remove or status')
  .argument('<firewall>', 'name of a firewall in the configuration')
  .addOption(new Option('--config <file>', 'configuration file').default('holdback.yaml'))
  .action((action: string, name: string, { config }: { config: string }) => {
    if (!['install', 'update', 'remove', 'status'].includes(action)) {
      program.error(`${action} is none of install, update, remove, status`);
    }
    const { pairs } = loadConfiguration(config);
    const firewalls = pairs.flatMap((pair) =>
      [pair.preferred, pair.standby].map((firewall) => ({ pair, firewall })),
    );
    const found = firewalls.find(({ firewall }) => firewall.name === name);
    if (!found) {
      const known = firewalls.map(({ firewall }) => firewall.name).join(', ');
      program.error(`${name} is no firewall of ${config}; there are: ${known}`);
      return;
    }
    const { pair, firewall } = found;
    const values = { Action: action, Operation: 'by-hand', ...installParameters(pair, firewall) };
    // The settings allow no character that a shell reads, so quotes are enough.
    const lines = Object.entries(values).map(([key, value]) => `SSM_${key}='${value}'`);
    process.stdout.write(`${lines.join('\n')}\n${FIREWALL_SCRIPTS.install}`);
  });

try {
  program.parse();
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  program.error(error.message);
}
