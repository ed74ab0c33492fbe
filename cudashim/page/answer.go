package page

/*
#include "page.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"github.com/gpufragtop/gpufragtop/fragcalc"
)

// AnswerStatus says what became of a request.
type AnswerStatus uint32

// Values of AnswerStatus; page.h explains each.
const (
	AnswerNone        AnswerStatus = C.GFT_ANSWER_NONE
	AnswerDone        AnswerStatus = C.GFT_ANSWER_DONE
	AnswerExpired     AnswerStatus = C.GFT_ANSWER_EXPIRED
	AnswerCapture     AnswerStatus = C.GFT_ANSWER_CAPTURE
	AnswerBusy        AnswerStatus = C.GFT_ANSWER_BUSY
	AnswerTooSoon     AnswerStatus = C.GFT_ANSWER_TOO_SOON
	AnswerOff         AnswerStatus = C.GFT_ANSWER_OFF
	AnswerNoFramework AnswerStatus = C.GFT_ANSWER_NO_FRAMEWORK
	AnswerNoContext   AnswerStatus = C.GFT_ANSWER_NO_CONTEXT
	AnswerError       AnswerStatus = C.GFT_ANSWER_ERROR
	AnswerUnsupported AnswerStatus = C.GFT_ANSWER_UNSUPPORTED
	AnswerLost        AnswerStatus = C.GFT_ANSWER_LOST
	AnswerRanks       AnswerStatus = C.GFT_ANSWER_RANKS
)

// ErrNoAnswer means that the answer to this request is not (wholly) there yet.
var ErrNoAnswer = errors.New("no answer yet")

// answerRecord is an answer as it lies in the page.
type answerRecord = C.struct_gft_answer

// Answer is the answer to a request in the command slot of the same index.
type Answer struct {
	RequestID uint64
	Status    AnswerStatus
	Took      time.Duration // wall time of the call
	Hold      time.Duration // of which with the GIL held
	WalkSeq   uint64        // walk taken just before the call; 0 = none
	Text      string
	Devices   []AnswerDevice
	Own       *fragcalc.OwnRelease // what the program's own function did; nil = it was not called
}

// AnswerDevice is what a release did on one device: reserved bytes just before
// and just after the call.
type AnswerDevice struct {
	UUID          [16]byte
	Before, After int64
}

// DecodeAnswer reads the answer to the request with this id. ErrNoAnswer asks
// to look again later.
func DecodeAnswer(b []byte, id uint64) (Answer, error) {
	a, ok := record[answerRecord](b, 0)
	switch {
	case !ok:
		return Answer{}, fmt.Errorf("answer is cut off: %d bytes", len(b))
	case uint64(a.request_id) != id || a.request_id_end != a.request_id || id == 0:
		return Answer{}, ErrNoAnswer
	case a.devices > MaxDevices:
		return Answer{}, fmt.Errorf("answer for %d devices, at most %d are possible", a.devices, MaxDevices)
	}
	answer := Answer{
		RequestID: id, Status: AnswerStatus(a.status),
		Took: duration(uint64(a.took_ns)), Hold: duration(uint64(a.hold_ns)),
		WalkSeq: uint64(a.walk_seq), Text: clean(a.text[:]),
	}
	for i := range int(a.devices) {
		d := &a.device[i]
		if d.before_bytes > maxFigure || d.after_bytes > maxFigure {
			return Answer{}, fmt.Errorf("answer tells of impossible sizes: %d and %d bytes", d.before_bytes, d.after_bytes)
		}
		answer.Devices = append(answer.Devices, AnswerDevice{
			UUID:   *(*[16]byte)(unsafe.Pointer(&d.uuid)),
			Before: int64(d.before_bytes), After: int64(d.after_bytes),
		})
	}
	if a.own_ns != 0 {
		answer.Own = &fragcalc.OwnRelease{Name: clean(a.own_name[:]), Took: duration(uint64(a.own_ns)), Back: fragcalc.Unknown[int64]("it does not say")}
		switch {
		case a.own_bytes == C.GFT_UNKNOWN:
		case a.own_bytes > maxFigure:
			answer.Own.Back = fragcalc.Unknown[int64]("what it says is impossible")
		default:
			answer.Own.Back = fragcalc.Of(int64(a.own_bytes))
		}
	}
	return answer, nil
}

// EncodeAnswer is the writer's side of DecodeAnswer: AnswerSize bytes. At most
// MaxDevices devices fit.
func EncodeAnswer(answer Answer) []byte {
	a := answerRecord{
		request_id: C.uint64_t(answer.RequestID), request_id_end: C.uint64_t(answer.RequestID),
		status:  C.uint32_t(answer.Status),
		devices: C.uint32_t(len(answer.Devices)),
		took_ns: C.uint64_t(answer.Took), hold_ns: C.uint64_t(answer.Hold),
		walk_seq: C.uint64_t(answer.WalkSeq),
	}
	putString(a.text[:], answer.Text)
	if own := answer.Own; own != nil {
		a.own_ns, a.own_bytes = C.uint64_t(own.Took), C.GFT_UNKNOWN
		if back, ok := own.Back.Get(); ok {
			a.own_bytes = C.uint64_t(back)
		}
		putString(a.own_name[:], own.Name)
	}
	for i, d := range answer.Devices {
		a.device[i].before_bytes, a.device[i].after_bytes = C.uint64_t(d.Before), C.uint64_t(d.After)
		*(*[16]byte)(unsafe.Pointer(&a.device[i].uuid)) = d.UUID
	}
	return appendRecord(nil, a)
}
