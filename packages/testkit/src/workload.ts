/** `import … from '@faultline/testkit/workload'`: for a module that declares a workload, also for plans. */
export * from '@faultline/experiment/workload';
