using Benchmarks;

switch (args)
{
    case ["log"]:
        LogBenchmark.Run();
        return 0;
    default:
        Console.Error.WriteLine("usage: Benchmarks log");
        return 2;
}
