namespace RQ.WorkHorses;

/// <summary>Somebody killed a work horse, by a signal, before it was ready: the system, for lack of memory, or a person.</summary>
internal sealed class HorseKilledException(string message) : RqException(message);
