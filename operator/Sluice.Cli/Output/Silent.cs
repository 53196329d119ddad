namespace Sluice.Cli.Output;

/// <summary>Tells nothing.</summary>
internal sealed class Silent : IReporter
{
    public static Silent Instance { get; } = new();

    public void Waiting(string text)
    {
    }

    public void Done(string text)
    {
    }

    public void Warning(string text)
    {
    }
}
