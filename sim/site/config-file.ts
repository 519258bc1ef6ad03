import type { Files } from './files.ts';

/**
 * /conf/config.xml as OPNsense treats it: a process loads the whole document, and a write puts its
 * whole document back (Config.php:743-772 locks only the write). Two writers at once: the later one
 * undoes the earlier one's change.
 */

const FLAG =
  /\n? *<virtualip_carp_maintenancemode(?:\s*\/>|>([^<]*)<\/virtualip_carp_maintenancemode>)/;

export class ConfigFile {
  readonly #files: Files;
  readonly #path: string;
  /** The last document that was asked for its flag. */
  #seen = { document: '', flag: false };

  constructor(files: Files, path: string) {
    this.#files = files;
    this.#path = path;
  }

  create(hostname: string): void {
    this.#files.write(
      this.#path,
      `<?xml version="1.0"?>
<opnsense>
  <system>
    <hostname>${hostname}</hostname>
  </system>
  <hasync>
    <pfsyncenabled>1</pfsyncenabled>
  </hasync>
  <revision>
    <username>(system)</username>
    <description>Initial configuration</description>
  </revision>
</opnsense>
`,
    );
  }

  load(): string {
    return this.#files.read(this.#path);
  }

  store(document: string): void {
    this.#files.write(this.#path, document);
  }

  /** `isset($config["virtualip_carp_maintenancemode"])`. */
  inMaintenance(): boolean {
    const document = this.load();
    if (document !== this.#seen.document) {
      this.#seen = { document, flag: hasMaintenanceFlag(document) };
    }
    return this.#seen.flag;
  }
}

export function hasMaintenanceFlag(document: string): boolean {
  return FLAG.test(document);
}

/**
 * `!empty(...)`, what `show carp` and the web page say (carp_global_status.php:50): an element that is
 * empty or 0 counts for the toggle and for the boot, and not for them.
 */
export function showsMaintenance(document: string): boolean {
  const value = FLAG.exec(document)?.[1] ?? '';
  return value !== '' && value !== '0';
}

/** The document with the flag as wanted and a new revision (write_config, user "(root)"). */
export function withMaintenanceFlag(document: string, flag: boolean): string {
  const without = document.replace(FLAG, '');
  const flagged = flag
    ? without.replace(
        '<opnsense>',
        '<opnsense>\n  <virtualip_carp_maintenancemode>1</virtualip_carp_maintenancemode>',
      )
    : without;
  return withRevision(
    flagged,
    flag ? 'Enter CARP maintenance mode' : 'Leave CARP maintenance mode',
  );
}

export function withRevision(document: string, description: string): string {
  return document
    .replace(/<username>[^<]*<\/username>/, '<username>(root)</username>')
    .replace(/<description>[^<]*<\/description>/, `<description>${description}</description>`);
}
