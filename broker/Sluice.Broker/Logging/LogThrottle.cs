using Microsoft.Extensions.Logging;

namespace Sluice.Broker.Logging;

/// <summary>Lets some events of a kind through each second and says afterwards how many it held back. For several threads.</summary>
internal sealed class LogThrottle(ILogger logger, string kind)
{
    private const int ShownASecondMax = 10;

    private readonly Lock _lock = new();
    private long _second;
    private int _shown;
    private long _suppressed;

    internal bool MayShow()
    {
        long second = Environment.TickCount64 / 1000;
        long suppressed = 0;
        bool show;
        lock (_lock)
        {
            if (second != _second)
            {
                _second = second;
                _shown = 0;
                suppressed = _suppressed;
                _suppressed = 0;
            }
            show = _shown < ShownASecondMax;
            if (show) _shown++;
            else _suppressed++;
        }
        if (suppressed > 0) BrokerLog.Suppressed(logger, suppressed, kind);
        return show;
    }
}
