import { operation } from '../operation.js';

export const metricsOperations = [
  operation({
    method: 'GET',
    path: '/metrics',
    id: 'getMetrics',
    tag: 'stats',
    summary: 'Metrics for Prometheus',
    role: 'viewer',
    answer: { description: "Prometheus's text format", type: 'text/plain' },
    handle: async ({ telemetry: { metrics } }) => ({
      text: await metrics.text(),
      type: metrics.contentType,
    }),
  }),
];
