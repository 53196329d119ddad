using Sluice.Cli;

return await CommandLine.RunAsync(args).ConfigureAwait(false);
