/** `GET /metrics`, for Prometheus. It wants the token as every request does; see `authorization` there. */
import type { FastifyInstance } from 'fastify';
import type { Cluster } from '../cluster.ts';
import { contentTypes, formatMetrics, type MetricsFormat } from './metrics-format.ts';

export const metricsPath = '/metrics';
export const metricsOperation = {
  operationId: 'metrics',
  summary: 'Counts, delays, queues and clocks, as Prometheus reads them',
  responses: {
    200: {
      description: 'the metrics, in the format that `Accept` names',
      content: Object.fromEntries(
        Object.values(contentTypes).map((type) => [type, { schema: { type: 'string' } }]),
      ),
    },
  },
};

export function serveMetrics(server: FastifyInstance, cluster: Cluster, url: () => string): void {
  server.get(metricsPath, async (request, reply) => {
    const isOpen = request.headers.accept?.includes('application/openmetrics-text') ?? false;
    const format: MetricsFormat = isOpen ? 'openmetrics' : 'prometheus';
    // Nodes and clocks are told of also while the router is away.
    const stats = await cluster.stats().catch(() => null);
    return reply
      .type(contentTypes[format])
      .send(formatMetrics(await cluster.status(url()), stats, format));
  });
}
