using Simulation.Runs;

return CommandLine.Run(args, Console.Out);
