/** What Powertools and the SDK read when a handler is imported; they must be set before that. */
process.env['POWERTOOLS_DEV'] = 'true';
process.env['POWERTOOLS_LOG_LEVEL'] = 'SILENT';
process.env['POWERTOOLS_METRICS_DISABLED'] = 'true';
process.env['POWERTOOLS_TRACE_ENABLED'] = 'false';
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
// Else X-Ray, which the tracer loads, follows every promise of the process.
process.env['AWS_XRAY_MANUAL_MODE'] = 'true';
