namespace Sluice.Cli.Output;

/// <summary>Where a long command tells what it does.</summary>
internal interface IReporter
{
    /// <summary>What is being waited for now; replaces what was said before it.</summary>
    void Waiting(string text);

    /// <summary>A step is done.</summary>
    void Done(string text);

    /// <summary>Something is wrong but the command goes on.</summary>
    void Warning(string text);
}
