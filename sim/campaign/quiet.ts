// What handlers read when they are loaded: a million of their logs and metrics would go nowhere.
Object.assign(process.env, {
  // Powertools warns by this process's console then, which the worker silences.
  POWERTOOLS_DEV: 'true',
  POWERTOOLS_METRICS_DISABLED: 'true',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  // Otherwise the tracer follows every promise of the process, for segments that nobody reads.
  AWS_XRAY_MANUAL_MODE: 'true',
});
