def get_add_cookie(request):
    res = request.COOKIES["res"]
    res = int(res) + 1
    json = JsonResponse({"res": res})
    json.set_cookie('res', res, expires=datetime.now()+timedelta(days=14))

    return json
